-- What people say of themselves besides a display name, or what a provider said of them at sign-in.
ALTER TABLE identity.accounts
  ADD COLUMN first_name text
    CONSTRAINT accounts_first_name_check CHECK (char_length(first_name) BETWEEN 1 AND 64),
  ADD COLUMN last_name  text
    CONSTRAINT accounts_last_name_check CHECK (char_length(last_name) BETWEEN 1 AND 64),
  ADD COLUMN company    text
    CONSTRAINT accounts_company_check CHECK (char_length(company) BETWEEN 1 AND 128),
  -- A picture's address, which we never fetch.
  ADD COLUMN avatar_url text
    CONSTRAINT accounts_avatar_url_check
    CHECK (char_length(avatar_url) <= 2000 AND avatar_url ~ '^https?://[\x21-\x7e]+$');
