-- Where the client's answers went when the user agreed: hosts, or schemes of apps. NULL: the consent is older
-- than this column.
ALTER TABLE identity.oauth_consents ADD COLUMN redirect_hosts text[];
