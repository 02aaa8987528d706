import { days } from '../../shared/clock.ts';
import type { ComponentHealth, HealthStatus } from '../../shared/contracts/http/health.ts';
import type { SigningAlgorithm } from '../../shared/contracts/keys/keys-rpc.ts';
import { forEachAlgorithm } from './per-algorithm.ts';
import type { Services } from './services.ts';

/** How late a rotation may be before it counts as stuck: longer than an alarm's retries take. */
const GRACE = days(1);

/**
 * `UP`: the rings answer and their keys sign. `DEGRADED`: they do, but a rotation is overdue.
 *
 * A ring that nobody used has nothing to be unwell. That of ES256 is used here at the latest: a new
 * deployment is not ready before it can sign.
 */
export async function healthOf(services: Services): Promise<readonly ComponentHealth[]> {
  const all = await forEachAlgorithm((alg) => ringStatus(services, alg));
  const status = all.find((one) => one === 'DOWN') ?? all.find((one) => one === 'DEGRADED') ?? 'UP';
  return [{ name: 'keys', status }];
}

async function ringStatus(
  { rings, signers, clock, log }: Services,
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
