-- What an administrator has allowed a single client: to leave PKCE out, and to ask users where they are
-- (CIBA) although it registered itself.
ALTER TABLE identity.oauth_clients
  ADD COLUMN pkce_optional boolean NOT NULL DEFAULT false,
  ADD COLUMN ciba_allowed  boolean NOT NULL DEFAULT false;
