import { type Clock, seconds, toNumericDate } from '../../shared/clock.ts';
import type { ConnectRpc, RolesChanged } from '../../shared/contracts/connect/connect-rpc.ts';
import type { Timers } from '../../shared/sql/timers.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import { DELIVERY_WAIT, within } from './delivery.ts';
import { retryDelay } from './outbox.ts';
import type { RoleChange } from './role-change.ts';
import { rolesToTell } from './roles.ts';
import type { UserStore } from './user.ts';

/** Fires after the first attempt has succeeded or failed, unless the object died in between. */
const SAFETY_NET = DELIVERY_WAIT + seconds(1);

type RolesCourierParts = {
  readonly store: UserStore;
  readonly timers: Timers<'roles'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Called for every attempt: a stub is of no use once it has thrown. */
  readonly recipient: () => Pick<ConnectRpc, 'rolesChanged'>;
};

/** Tells `connect` of the last change of roles, again and again until it knows. */
export class RolesCourier {
  readonly #parts: RolesCourierParts;

  constructor(parts: RolesCourierParts) {
    this.#parts = parts;
  }

  /** Call it in the same turn as the transaction that changed the roles. */
  async dispatch(): Promise<void> {
    const { timers, clock } = this.#parts;
    await timers.set('roles', clock() + SAFETY_NET);
    await this.deliver();
  }

  /** Tries once. Never fails because `connect` does. */
  async deliver(): Promise<void> {
    const { store, timers, clock } = this.#parts;
    const change = store.roleChange();
    if (change === undefined || change.told) return;
    const told = await this.#isTold(change);
    // A newer change looks after itself.
    if (store.roleChange()?.changedAt !== change.changedAt) return;
    const attempts = change.attempts + 1;
    store.saveRoleChange({ ...change, told, attempts });
    if (told) await timers.cancel('roles');
    else await timers.set('roles', clock() + retryDelay(attempts));
  }

  async #isTold(change: RoleChange): Promise<boolean> {
    const { store, clock, recipient, log } = this.#parts;
    const now = toNumericDate(clock());
    const changes = rolesToTell(store, change).filter(({ until }) => now < until);
    try {
      const connect = recipient();
      await within(DELIVERY_WAIT, tellAll(connect, changes));
      return true;
    } catch (error) {
      log({
        event: 'roles.delivery_failed',
        level: 'warn',
        attempts: change.attempts + 1,
        error: String(error),
      });
      return false;
    }
  }
}

async function tellAll(
  connect: Pick<ConnectRpc, 'rolesChanged'>,
  changes: readonly RolesChanged[],
): Promise<void> {
  await Promise.all(changes.map((change) => connect.rolesChanged(change)));
}
