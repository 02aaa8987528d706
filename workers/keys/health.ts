import { days } from '../../shared/clock.ts';
import type { ComponentHealth, HealthStatus } from '../../shared/contracts/health.ts';
import type { Services } from './services.ts';

/** How late a rotation may be before it counts as stuck: longer than an alarm's retries take. */
const GRACE = days(1);

/** `UP`: the ring answers and its key signs. `DEGRADED`: it does, but its rotation is overdue. */
export async function healthOf(services: Services): Promise<readonly ComponentHealth[]> {
  return [{ name: 'keys', status: await ringStatus(services) }];
}

async function ringStatus({ ring, signer, clock, log }: Services): Promise<HealthStatus> {
  try {
    const { rotationDueAt } = await ring.snapshot();
    await signer.key();
    return clock() > rotationDueAt + GRACE ? 'DEGRADED' : 'UP';
  } catch (error) {
    log({ event: 'keys.unhealthy', level: 'error', message: String(error) });
    return 'DOWN';
  }
}
