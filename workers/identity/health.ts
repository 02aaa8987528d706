import { type Millis, seconds } from '../../shared/clock.ts';
import type { ComponentHealth } from '../../shared/contracts/http/worker-rpc.ts';
import { within } from '../../shared/deadline.ts';
import { AccountId, SessionId } from '../../shared/ids.ts';
import type { Services } from './context.ts';

const TIMEOUT: Millis = seconds(2);

/** Ids that nobody has: a question about them allocates nothing. */
const NOBODY = AccountId.restore('00000000-0000-0000-0000-000000000000');
const NO_SESSION = SessionId.restore(`ses_${'a'.repeat(26)}`);

/** Asks everything this Worker depends on, each for two seconds at most. Never throws. */
export function checkHealth(services: Services): Promise<readonly ComponentHealth[]> {
  const { accounts, ttlStore, users, revocations, guards } = services;
  return Promise.all([
    component('database', () => accounts().ping()),
    component('ttlStore', async () => {
      if ((await ttlStore().health()) === 'DOWN') throw new Error('Cannot reach the TTL store');
    }),
    component('users', () => users(NOBODY).checkSession(NO_SESSION)),
    component('signInGuards', () => guards.ping()),
    component('revocationLog', () => revocations().read(0, 1)),
  ]);
}

async function component(name: string, ask: () => Promise<unknown>): Promise<ComponentHealth> {
  try {
    await within(TIMEOUT, ask());
    return { name, status: 'UP' };
  } catch {
    return { name, status: 'DOWN' };
  }
}
