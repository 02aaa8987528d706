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

/** How late a rotation may be before it counts as stuck: longer than an alarm's retries take. */
const GRACE = days(1);

/**
 * `UP`: the rings answer and their keys sign. `DEGRADED`: they do, but a rotation is overdue.
 *
 * A ring that nobody used has nothing to be unwell. That of ES256 is used here at the latest: a new
 * deployment is not ready before it can sign.
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
