-- Accounts: who can sign in. Written by registration and by their owners, read at sign-in.
CREATE SCHEMA IF NOT EXISTS identity;

CREATE TABLE identity.accounts (
  id                  uuid        CONSTRAINT accounts_pkey PRIMARY KEY,
  -- As its owner typed it, for display and for mail.
  email               text        NOT NULL CONSTRAINT accounts_email_check CHECK (char_length(email) BETWEEN 3 AND 254),
  -- What makes it unique: one spelling of each address.
  email_normalized    text        NOT NULL
    CONSTRAINT accounts_email_normalized_check
    CHECK (char_length(email_normalized) BETWEEN 3 AND 254 AND email_normalized ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
  email_verified      boolean     NOT NULL DEFAULT false,
  username            text        CONSTRAINT accounts_username_check CHECK (username ~ '^[A-Za-z0-9_]{3,32}$'),
  username_normalized text,
  display_name        text        CONSTRAINT accounts_display_name_check CHECK (char_length(display_name) BETWEEN 1 AND 64),
  -- A PHC string.
  password_hash       text        NOT NULL CONSTRAINT accounts_password_hash_check CHECK (password_hash ~ '^\$[a-z0-9-]+\$.+'),
  roles               text[]      NOT NULL DEFAULT '{user}'
    CONSTRAINT accounts_roles_check CHECK (cardinality(roles) <= 32 AND array_position(roles, NULL) IS NULL),
  status              text        NOT NULL DEFAULT 'active'
    CONSTRAINT accounts_status_check CHECK (status IN ('active', 'disabled')),
  created_at          timestamptz NOT NULL DEFAULT now(),
  updated_at          timestamptz NOT NULL DEFAULT now(),
  last_login_at       timestamptz,
  CONSTRAINT accounts_email_unique UNIQUE (email_normalized),
  CONSTRAINT accounts_username_unique UNIQUE (username_normalized),
  CONSTRAINT accounts_username_normalized_check CHECK (username_normalized IS NOT DISTINCT FROM lower(username))
);
