-- Accounts that sign in with a provider alone have no password.
ALTER TABLE identity.accounts ALTER COLUMN password_hash DROP NOT NULL;

-- Who an account's owner is elsewhere: at providers that may sign them in.
CREATE TABLE identity.identities (
  -- As configured: not the issuer, which may be spelled otherwise one day.
  provider         text        NOT NULL
    CONSTRAINT identities_provider_check CHECK (provider ~ '^[a-z0-9-]{1,32}$'),
  -- What the provider calls its user, for ever.
  provider_subject text        NOT NULL
    CONSTRAINT identities_provider_subject_check CHECK (char_length(provider_subject) BETWEEN 1 AND 512),
  account_id       uuid        NOT NULL
    CONSTRAINT identities_account_fkey REFERENCES identity.accounts (id) ON DELETE CASCADE,
  -- What the provider said at the last sign-in, for display: never a way to find an account.
  email            text,
  email_verified   boolean     NOT NULL DEFAULT false,
  display_name     text,
  -- Sealed for this provider and account. NULL: not kept.
  tokens_sealed    text,
  linked_at        timestamptz NOT NULL DEFAULT now(),
  last_used_at     timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT identities_pkey PRIMARY KEY (provider, provider_subject)
);
CREATE INDEX identities_account_id_index ON identity.identities (account_id);

-- Takes an identity from its account, unless it is the last way in: 'unlinked', 'unknown' or 'last'.
-- A function, because what it counts must be read after the account's row is locked: two at once
-- would each see the other's identity.
CREATE FUNCTION identity.unlink_identity(account uuid, provider_name text, subject text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  password text;
BEGIN
  SELECT password_hash INTO password FROM identity.accounts WHERE id = account FOR UPDATE;
  IF NOT EXISTS (
    SELECT FROM identity.identities
    WHERE account_id = account AND provider = provider_name AND provider_subject = subject
  ) THEN
    RETURN 'unknown';
  END IF;
  IF password IS NULL AND NOT EXISTS (
    SELECT FROM identity.identities
    WHERE account_id = account AND (provider, provider_subject) <> (provider_name, subject)
  ) THEN
    RETURN 'last';
  END IF;
  DELETE FROM identity.identities
  WHERE account_id = account AND provider = provider_name AND provider_subject = subject;
  RETURN 'unlinked';
END
$$;
