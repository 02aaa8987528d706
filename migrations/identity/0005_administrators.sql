-- Who could undo a change of roles: few among many.
CREATE INDEX accounts_administrators ON identity.accounts (id) WHERE 'admin' = ANY (roles);
