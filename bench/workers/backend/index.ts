/**
 * A stand-in for `identity`, `keys` and `connect` in measurements of the cold start of `edge`. It
 * publishes one key and an empty revocation log.
 */

import { WorkerEntrypoint } from 'cloudflare:workers';
import type { RevocationPage } from '../../../shared/contracts/identity/revocation-log.ts';
import type { JwkSet } from '../../../shared/contracts/keys/keys-rpc.ts';

type Env = {
  /** A JWK Set (RFC 7517 §5), as JSON. */
  readonly JWKS: string;
};

export class BackendEntrypoint extends WorkerEntrypoint<Env> {
  jwks(): JwkSet {
    return JSON.parse(this.env.JWKS);
  }

  revocations(): RevocationPage {
    return { position: 0, epoch: 'bench', entries: [], more: false };
  }
}

// oxlint-disable-next-line import/no-default-export -- a Worker's entry
export default {
  fetch: (): Response => new Response(null, { status: 404 }),
} satisfies ExportedHandler;
