import { unwrapPrivateKey } from '../../durable-objects/key-ring/signing-key.ts';
import type { Clock } from '../../shared/clock.ts';
import { rpc } from '../../shared/contracts/bindings.ts';
import type { SigningAlgorithm } from '../../shared/contracts/keys/keys-rpc.ts';
import { consoleLog, type Log } from '../../shared/telemetry/log.ts';
import type { AdministratorNeeds } from '../kit/require.ts';
import { perEnvironment } from '../kit/serve-worker.ts';
import type { AppNeeds } from './app.ts';
import { type Config, parseConfig } from './config.ts';
import type { HealthNeeds } from './health.ts';
import { perAlgorithm, type TokenRing, tokenRing } from './rings.ts';
import { Signer } from './signer.ts';

export type Services = AppNeeds & HealthNeeds & { readonly config: Config; readonly log: Log };

const clock: Clock = () => Date.now();

/**
 * Composes what the Worker's routes need, once per isolate.
 *
 * @throws {ConfigurationError} At every call, if a setting is not valid.
 */
export const servicesOf: (env: KeysEnv) => Services = perEnvironment((env) => {
  const config = parseConfig(env);
  const rings = perAlgorithm((alg) => tokenRing(env.KEY_RINGS, alg));
  return {
    config,
    clock,
    log: consoleLog,
    rings,
    signers: perAlgorithm((alg) => signerOf(alg, rings[alg], config)),
    administrators: rpc<AdministratorNeeds['administrators']>(env.IDENTITY_RPC),
  };
});

function signerOf(alg: SigningAlgorithm, ring: TokenRing, config: Config): Signer {
  return new Signer({
    alg,
    clock,
    maxAge: config.signerMaxAge,
    snapshot: () => ring.snapshot(),
    unwrap: ({ kid, wrapped }) => unwrapPrivateKey(config.keyEncryptionKey, { alg, kid }, wrapped),
  });
}
