-- OAuth clients that registered themselves or that an administrator made. Those whose id is the URL
-- of a metadata document have no row.
CREATE TABLE identity.oauth_clients (
  client_id     text        CONSTRAINT oauth_clients_pkey PRIMARY KEY
    CONSTRAINT oauth_clients_client_id_check CHECK (client_id ~ '^[\x21-\x7e]{1,255}$'),
  -- In the names and values of RFC 7591 §2, defaults written out.
  metadata      jsonb       NOT NULL
    CONSTRAINT oauth_clients_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
  -- [{"hash": base64url of SHA-256, "expiresAt": milliseconds or null}], the newest first.
  secrets       jsonb       NOT NULL DEFAULT '[]'
    CONSTRAINT oauth_clients_secrets_check
    CHECK (jsonb_typeof(secrets) = 'array' AND jsonb_array_length(secrets) <= 2),
  source        text        NOT NULL
    CONSTRAINT oauth_clients_source_check CHECK (source IN ('registered', 'administered')),
  profile       text        NOT NULL DEFAULT 'none'
    CONSTRAINT oauth_clients_profile_check
    CHECK (profile IN ('none', 'fapi2_security', 'fapi2_message_signing')),
  skip_consent  boolean     NOT NULL DEFAULT false,
  -- Resource indicators (RFC 8707) it may ask for. NULL: as the deployment allows.
  resources     text[],
  status        text        NOT NULL DEFAULT 'active'
    CONSTRAINT oauth_clients_status_check CHECK (status IN ('active', 'disabled')),
  -- SHA-256, base64url (RFC 7592 §3). NULL: administered.
  registration_access_token_hash text,
  -- Counts the changes: of two at once, one is refused.
  revision      integer     NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now()
);

-- What users agreed that clients get. A client may have no row above: its id may be a URL.
CREATE TABLE identity.oauth_consents (
  account_id            uuid        NOT NULL
    CONSTRAINT oauth_consents_account_fkey REFERENCES identity.accounts (id) ON DELETE CASCADE,
  client_id             text        NOT NULL
    CONSTRAINT oauth_consents_client_id_check CHECK (client_id ~ '^[\x21-\x7e]{1,255}$'),
  scopes                text[]      NOT NULL DEFAULT '{}',
  claims                text[]      NOT NULL DEFAULT '{}',
  resources             text[]      NOT NULL DEFAULT '{}',
  -- RFC 9396 §2.
  authorization_details jsonb       NOT NULL DEFAULT '[]'
    CONSTRAINT oauth_consents_authorization_details_check
    CHECK (jsonb_typeof(authorization_details) = 'array'),
  granted_at            timestamptz NOT NULL DEFAULT now(),
  updated_at            timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT oauth_consents_pkey PRIMARY KEY (account_id, client_id)
);
CREATE INDEX oauth_consents_client_id_index ON identity.oauth_consents (client_id);

-- Resource servers that tokens may be for (RFC 8707).
CREATE TABLE identity.oauth_resources (
  resource             text        CONSTRAINT oauth_resources_pkey PRIMARY KEY
    CONSTRAINT oauth_resources_resource_check CHECK (char_length(resource) BETWEEN 1 AND 2000),
  name                 text        NOT NULL,
  scopes               text[]      NOT NULL DEFAULT '{}',
  -- NULL: as the client's.
  access_token_signing_alg text
    CONSTRAINT oauth_resources_alg_check
    CHECK (access_token_signing_alg IN ('ES256', 'EdDSA', 'RS256', 'PS256')),
  -- NULL: as the deployment's.
  access_token_seconds integer
    CONSTRAINT oauth_resources_seconds_check CHECK (access_token_seconds BETWEEN 60 AND 3600),
  created_at           timestamptz NOT NULL DEFAULT now(),
  updated_at           timestamptz NOT NULL DEFAULT now()
);

-- What lets somebody register a client (RFC 7591 §3).
CREATE TABLE identity.oauth_initial_access_tokens (
  id          uuid        CONSTRAINT oauth_initial_access_tokens_pkey PRIMARY KEY,
  -- SHA-256, base64url.
  hash        text        NOT NULL CONSTRAINT oauth_initial_access_tokens_hash_unique UNIQUE,
  label       text        NOT NULL,
  expires_at  timestamptz,
  -- NULL: any number.
  uses_left   integer
    CONSTRAINT oauth_initial_access_tokens_uses_check CHECK (uses_left >= 0),
  created_at  timestamptz NOT NULL DEFAULT now()
);
