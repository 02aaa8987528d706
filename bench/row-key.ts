/** Names a row of the result. `post` carries the token in a header, `body` in its JSON body. */
export type RowKey =
  | 'noop-get'
  | 'noop-post'
  | 'reader-body'
  | 'validate-get-one'
  | 'validate-get-many'
  | 'validate-post-one'
  | 'validate-post-many'
  | 'validate-body-one'
  | 'validate-body-many'
  | 'jose'
  | 'oidc-provider'
  | 'better-auth'
  | 'bare-object'
  | 'refresh';
