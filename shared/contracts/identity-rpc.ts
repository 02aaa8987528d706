import type { ComponentHealth } from './health.ts';
import type { RevocationPage } from './revocation.ts';

/** What the owner of a session says of it, at this moment. */
export type SessionStatus = 'live' | 'ended' | 'expired' | 'unknown';

export type StrongCheck = {
  readonly subject: string;
  readonly sessionId: string;
  readonly tokenId: string;
};

/** An OpenAPI 3.1 document: `paths` and `components` of one Worker. */
export type OpenApiDocument = {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, unknown>>;
  readonly components?: Readonly<Record<string, unknown>>;
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
};

/** What `identity` does for other Workers (entrypoint `IdentityEntrypoint`). */
export interface IdentityRpc {
  /** Entries of the revocation log after a position. For `edge`. */
  revocations(after: number): Promise<RevocationPage>;
  /** Asks the user's object and the revoked token ids: `consistency=strong`. For `edge`, `connect`. */
  checkSession(check: StrongCheck): Promise<SessionStatus | 'revoked'>;
  /** The routes that run, as OpenAPI. For `edge` and `connect`. */
  describe(): Promise<OpenApiDocument>;
  health(): Promise<readonly ComponentHealth[]>;
}
