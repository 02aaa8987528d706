import type { ComponentHealth } from './health.ts';
import type { OpenApiDocument } from './identity-rpc.ts';

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

export type SignJwtRequest = {
  /** The `typ` header: `at+jwt` for an access token (RFC 9068 §2.1). */
  readonly typ: 'at+jwt' | 'JWT';
  readonly claims: Readonly<Record<string, unknown>>;
};

/** What `keys` does for other Workers (entrypoint `KeysEntrypoint`). */
export interface KeysRpc {
  /** The published keys: previous, current and next. For `edge`, `identity` and `connect`. */
  jwks(): Promise<JwkSet>;
  /**
   * Signs with the current key; returns the compact JWS (RFC 7515 §7.1). For `identity` only.
   *
   * Whatever it rejects with, nothing was signed: answer `TOKEN_KMS_ERROR`.
   */
  signJwt(request: SignJwtRequest): Promise<string>;
  /** The routes that run, as OpenAPI. For `edge`. */
  describe(): Promise<OpenApiDocument>;
  health(): Promise<readonly ComponentHealth[]>;
}
