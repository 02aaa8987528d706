import type { WorkerRpc } from '../http/worker-rpc.ts';

/** A public signing key (RFC 7517 §4). Never has private members. */
export type PublicJwk = {
  readonly kty: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
};

/** RFC 7517 §5. */
export type JwkSet = { readonly keys: readonly PublicJwk[] };

/** What tokens can be signed with. Each has a ring of keys of its own. */
export const SIGNING_ALGORITHMS = ['ES256', 'EdDSA', 'RS256', 'PS256'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/**
 * The `typ` header: `at+jwt` for an access token (RFC 9068 §2.1), `logout+jwt` (Back-Channel Logout
 * §2.4), `token-introspection+jwt` (RFC 9701 §5), `oauth-authz-resp+jwt` (JARM), `service+jwt` for what tells a registered service who calls
 * it, `JWT` for the rest.
 */
export const JWT_TYPES = [
  'at+jwt',
  'JWT',
  'logout+jwt',
  'token-introspection+jwt',
  'oauth-authz-resp+jwt',
  'service+jwt',
] as const;
export type JwtType = (typeof JWT_TYPES)[number];

export type SignJwtRequest = {
  readonly typ: JwtType;
  /** `ES256` where absent. */
  readonly alg?: SigningAlgorithm | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
};

/** What `keys` does for other Workers (entrypoint `KeysEntrypoint`). */
export interface KeysRpc extends WorkerRpc {
  /** The published keys: previous, current and next. For `edge`, `identity` and `connect`. */
  jwks(): Promise<JwkSet>;
  /**
   * Signs with the current key; returns the compact JWS (RFC 7515 §7.1). For `identity`; `service+jwt`
   * for `connect`, and nothing else.
   *
   * Whatever it rejects with, nothing was signed: answer `TOKEN_KMS_ERROR`.
   */
  signJwt(request: SignJwtRequest): Promise<string>;
}
