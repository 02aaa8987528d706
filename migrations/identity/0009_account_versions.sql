-- Of two readings of an account, its user's object applies the newer one. `version` counts the changes of
-- status, roles and password; `credentials_version` is the version that the last password made.
ALTER TABLE identity.accounts
  ADD COLUMN version             bigint NOT NULL DEFAULT 0,
  ADD COLUMN credentials_version bigint NOT NULL DEFAULT 0;
