import { WorkerEntrypoint } from 'cloudflare:workers';

import { assertCaller, type Caller } from '../../shared/contracts/bindings.ts';
import type { ComponentHealth, OpenApiDocument } from '../../shared/contracts/http/worker-rpc.ts';
import type { JwkSet, KeysRpc, SignJwtRequest } from '../../shared/contracts/keys/keys-rpc.ts';
import { describeWorker } from '../kit/describe.ts';
import { healthOf } from './health.ts';
import { publishedKeys, toJwkSet } from './rings.ts';
import { type Services, servicesOf } from './services.ts';
import { signJwt } from './sign-jwt.ts';
import { app } from './worker.ts';

/**
 * The methods that other Workers call. Every other member is private (`#`), because RPC exposes
 * public ones.
 */
export class KeysEntrypoint extends WorkerEntrypoint<KeysEnv> implements KeysRpc {
  /** Reads the rings at each call, because a key that signed just now must be in the answer. */
  async jwks(): Promise<JwkSet> {
    const { rings } = this.#servicesFor('edge', 'identity', 'connect');
    return toJwkSet(await publishedKeys(rings));
  }

  async signJwt(request: SignJwtRequest): Promise<string> {
    const { signers, clock, config, log } = this.#servicesFor(signerOf(request));
    try {
      return await signJwt({ signers, clock, retention: config.retention }, request);
    } catch (error) {
      log({ event: 'key.signing_failed', level: 'error', message: String(error) });
      throw error;
    }
  }

  // oxlint-disable-next-line typescript/require-await -- an RPC method
  async describe(): Promise<OpenApiDocument> {
    assertCaller(this.ctx.props, ['edge']);
    return describeWorker(app, {
      name: 'keys',
      tags: [{ name: 'keys', description: 'Signing keys' }],
    });
  }

  async health(): Promise<readonly ComponentHealth[]> {
    return healthOf(this.#servicesFor('edge', 'identity', 'connect'));
  }

  #servicesFor(...callers: readonly Caller[]): Services {
    assertCaller(this.ctx.props, callers);
    return servicesOf(this.env);
  }
}

/**
 * The Worker that may have such a token signed. Each has its own types, so that none can forge
 * another's tokens.
 */
const signerOf = ({ typ }: SignJwtRequest): Caller =>
  typ === 'service+jwt' ? 'connect' : 'identity';
