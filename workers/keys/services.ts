import { unwrapPrivateKey } from '../../durable-objects/key-ring/signing-key.ts';
import type { Clock } from '../../shared/clock.ts';
import type { SigningAlgorithm } from '../../shared/contracts/keys/keys-rpc.ts';
import { consoleLog, type Log } from '../../shared/telemetry/log.ts';
import { type Config, parseConfig } from './config.ts';
import { type PerAlgorithm, perAlgorithm } from './per-algorithm.ts';
import { type TokenRing, tokenRing } from './ring.ts';
import { Signer } from './signer.ts';

/** What routes and RPC methods need from outside. */
export type Services = {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly rings: PerAlgorithm<TokenRing>;
  readonly signers: PerAlgorithm<Signer>;
};

const clock: Clock = () => Date.now();

/** @throws {Error} If a setting is bad: the message names it. */
export function createServices(env: KeysEnv): Services {
  const config = parseConfig(env);
  const rings = perAlgorithm((alg) => tokenRing(env.KEY_RINGS, alg));
  const signers = perAlgorithm((alg) => signerOf(alg, rings[alg], config));
  return { config, clock, log: consoleLog, rings, signers };
}

function signerOf(alg: SigningAlgorithm, ring: TokenRing, config: Config): Signer {
  return new Signer({
    alg,
    clock,
    maxAge: config.signerMaxAge,
    snapshot: () => ring.snapshot(),
    unwrap: ({ kid, wrapped }) => unwrapPrivateKey(config.keyEncryptionKey, { alg, kid }, wrapped),
  });
}
