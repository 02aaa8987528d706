import { type Millis, seconds } from '../../shared/clock.ts';
import type { ComponentHealth } from '../../shared/contracts/http/worker-rpc.ts';
import type { RevocationLog } from '../../shared/contracts/identity/revocation-log.ts';
import { within } from '../../shared/deadline.ts';
import { AccountId, SessionId } from '../../shared/ids.ts';
import type { TtlStore } from '../../shared/ttl-store/ttl-store.ts';
import type { AccountStore } from './accounts/account-store.ts';
import type { SignInGuards } from './accounts/sign-in-guard.ts';
import type { Users } from './sessions/user-sessions.ts';

const TIMEOUT: Millis = seconds(2);

/** Ids that nobody has: a question about them allocates nothing. */
const NOBODY = AccountId.restore('00000000-0000-0000-0000-000000000000');
const NO_SESSION = SessionId.restore(`ses_${'a'.repeat(26)}`);

export type HealthNeeds = {
  readonly accounts: () => AccountStore;
  readonly guards: SignInGuards;
  readonly revocations: () => RevocationLog;
  readonly ttlStore: () => TtlStore;
  readonly users: Users;
};

/** Asks everything this Worker depends on, each for two seconds at most. Never throws. */
export function checkHealth(needs: HealthNeeds): Promise<readonly ComponentHealth[]> {
  const { accounts, ttlStore, users, revocations, guards } = needs;
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
