import { WorkerEntrypoint } from 'cloudflare:workers';

import type { JwkSet, PublicJwk } from '../../shared/contracts/keys-rpc.ts';

/** Stands where `keys` would: publishes what a test signs with. */
export class FakeKeys extends WorkerEntrypoint {
  static published: readonly PublicJwk[] = [];

  jwks(): JwkSet {
    return { keys: FakeKeys.published };
  }
}
