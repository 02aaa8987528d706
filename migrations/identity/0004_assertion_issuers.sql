-- Who may vouch for users of ours, so that clients get tokens in their name (RFC 7523 §2.1).
CREATE TABLE identity.assertion_issuers (
  -- The `iss` of their assertions.
  issuer       text        CONSTRAINT assertion_issuers_pkey PRIMARY KEY
    CONSTRAINT assertion_issuers_issuer_check
    CHECK (issuer ~ '^[\x21-\x7e]+$' AND char_length(issuer) <= 2000),
  name         text        NOT NULL,
  -- Their public keys (RFC 7517 §5), by value or by address.
  jwks         jsonb,
  jwks_uri     text,
  -- What the `sub` of their assertions is.
  subject_kind text        NOT NULL
    CONSTRAINT assertion_issuers_subject_kind_check
    CHECK (subject_kind ~ '^(account_id|email|identity:[a-z0-9-]{1,32})$'),
  -- The ids of the clients that may present them.
  clients      text[]      NOT NULL DEFAULT '{}',
  -- What tokens may carry, at most.
  scopes       text[]      NOT NULL DEFAULT '{}',
  enabled      boolean     NOT NULL DEFAULT true,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT assertion_issuers_keys_check CHECK ((jwks IS NULL) <> (jwks_uri IS NULL))
);
