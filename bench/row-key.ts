/** Names a row of the result. */
export type RowKey =
  | 'noop-get'
  | 'noop-post'
  | 'validate-get-one'
  | 'validate-get-many'
  | 'validate-post-one'
  | 'validate-post-many'
  | 'jose'
  | 'oidc-provider'
  | 'better-auth'
  | 'bare-object'
  | 'refresh';
