import { days } from '../../shared/clock.ts';
import type { ComponentHealth, HealthStatus } from '../../shared/contracts/http/worker-rpc.ts';
import type { SigningAlgorithm } from '../../shared/contracts/keys/keys-rpc.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import { forEachAlgorithm, type PerAlgorithm, type TokenRing } from './rings.ts';
import type { SignJwtNeeds } from './sign-jwt.ts';

export type HealthNeeds = Pick<SignJwtNeeds, 'signers' | 'clock'> & {
  readonly rings: PerAlgorithm<TokenRing>;
  readonly log: Log;
};

/** How late a rotation may be until it counts as overdue. An alarm's retries take less time. */
const GRACE = days(1);

/**
 * `UP`: the rings answer and their keys sign. `DEGRADED`: a rotation is overdue.
 *
 * A ring that was never used counts as healthy. The ring of ES256 is initialised here at the
 * latest, because a new deployment is not ready until it can sign.
 */
export async function healthOf(needs: HealthNeeds): Promise<readonly ComponentHealth[]> {
  const all = await forEachAlgorithm((alg) => ringStatus(needs, alg));
  const status = all.find((one) => one === 'DOWN') ?? all.find((one) => one === 'DEGRADED') ?? 'UP';
  return [{ name: 'keys', status }];
}

async function ringStatus(
  { rings, signers, clock, log }: HealthNeeds,
  alg: SigningAlgorithm,
): Promise<HealthStatus> {
  try {
    const ring = alg === 'ES256' ? await rings[alg].snapshot() : await rings[alg].peek();
    if (ring === undefined) return 'UP';
    await signers[alg].key();
    return clock() > ring.rotationDueAt + GRACE ? 'DEGRADED' : 'UP';
  } catch (error) {
    log({ event: 'keys.unhealthy', level: 'error', alg, message: String(error) });
    return 'DOWN';
  }
}
