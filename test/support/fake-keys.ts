import { WorkerEntrypoint } from 'cloudflare:workers';

import { toBase64Url, utf8 } from '../../shared/bytes.ts';
import type { JwkSet, PublicJwk, SignJwtRequest } from '../../shared/contracts/keys/keys-rpc.ts';

/** A fake of `keys`, which publishes the key that a test signs with. */
export class FakeKeys extends WorkerEntrypoint {
  static published: readonly PublicJwk[] = [];

  jwks(): JwkSet {
    return { keys: FakeKeys.published };
  }

  /** The requests to sign, for tests to read. */
  signJwt(request: SignJwtRequest): string {
    return toBase64Url(utf8(JSON.stringify(request)));
  }
}
