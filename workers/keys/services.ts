import { TOKEN_RING } from '../../durable-objects/key-ring/key-ring.ts';
import { unwrapPrivateKey } from '../../durable-objects/key-ring/key-wrap.ts';
import type { Clock } from '../../shared/clock.ts';
import { consoleLog, type Log } from '../../shared/telemetry/log.ts';
import { type Config, parseConfig } from './config.ts';
import { type TokenRing, tokenRing } from './ring.ts';
import { Signer } from './signer.ts';

/** What routes and RPC methods need from outside. */
export type Services = {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly ring: TokenRing;
  readonly signer: Signer;
};

const clock: Clock = () => Date.now();

/** @throws {Error} If a setting is bad: the message names it. */
export function createServices(env: KeysEnv): Services {
  const config = parseConfig(env);
  const ring = tokenRing(env.KEY_RINGS);
  const signer = new Signer({
    clock,
    maxAge: config.signerMaxAge,
    snapshot: () => ring.snapshot(),
    unwrap: ({ kid, alg, wrapped }) =>
      unwrapPrivateKey(config.keyEncryptionKey, { namespace: TOKEN_RING, kid, alg }, wrapped),
  });
  return { config, clock, log: consoleLog, ring, signer };
}
