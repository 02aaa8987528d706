import { WorkerEntrypoint } from 'cloudflare:workers';

import { assertCaller, type Caller } from '../../shared/contracts/bindings.ts';
import type { ComponentHealth } from '../../shared/contracts/http/health.ts';
import type { OpenApiDocument } from '../../shared/contracts/identity/identity-rpc.ts';
import type { JwkSet, KeysRpc, SignJwtRequest } from '../../shared/contracts/keys/keys-rpc.ts';
import { healthOf } from './health.ts';
import { describeRoutes } from './openapi.ts';
import { publishedKeys, toJwkSet } from './ring.ts';
import { signJwt } from './sign-jwt.ts';
import { workerOf } from './worker.ts';

/** What `keys` does for other Workers. Everything that is not a method of the contract is `#`. */
export class KeysEntrypoint extends WorkerEntrypoint<KeysEnv> implements KeysRpc {
  /** Asks the rings each time: the key that signed a moment ago must be in the answer. */
  async jwks(): Promise<JwkSet> {
    const { rings } = this.#for('edge', 'identity', 'connect').services;
    return toJwkSet(await publishedKeys(rings));
  }

  async signJwt(request: SignJwtRequest): Promise<string> {
    const { signers, clock, config, log } = this.#for(signs(request)).services;
    try {
      return await signJwt({ signers, clock, retention: config.retention }, request);
    } catch (error) {
      log({ event: 'key.signing_failed', level: 'error', message: String(error) });
      throw error;
    }
  }

  async describe(): Promise<OpenApiDocument> {
    return describeRoutes(this.#for('edge').app);
  }

  async health(): Promise<readonly ComponentHealth[]> {
    return healthOf(this.#for('edge', 'identity', 'connect').services);
  }

  #for(...callers: readonly Caller[]): ReturnType<typeof workerOf> {
    assertCaller(this.ctx.props, callers);
    return workerOf(this.env);
  }
}

/** Who may ask for such a token: each Worker for its own kinds, so that neither can forge another's. */
const signs = ({ typ }: SignJwtRequest): Caller => (typ === 'service+jwt' ? 'connect' : 'identity');
