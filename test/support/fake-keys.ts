import { WorkerEntrypoint } from 'cloudflare:workers';

import { toBase64Url, utf8 } from '../../shared/bytes.ts';
import type { JwkSet, PublicJwk, SignJwtRequest } from '../../shared/contracts/keys/keys-rpc.ts';

/** Stands where `keys` would: publishes what a test signs with. */
export class FakeKeys extends WorkerEntrypoint {
  static published: readonly PublicJwk[] = [];

  jwks(): JwkSet {
    return { keys: FakeKeys.published };
  }

  /** What is to be signed, for a test to read. */
  signJwt(request: SignJwtRequest): string {
    return toBase64Url(utf8(JSON.stringify(request)));
  }
}
