import type { Clock } from '../../shared/clock.ts';
import { rpc } from '../../shared/contracts/bindings.ts';
import type { ConnectRpc } from '../../shared/contracts/connect/connect-rpc.ts';
import type { IdentityRpc } from '../../shared/contracts/identity/identity-rpc.ts';
import type { RevocationLog } from '../../shared/contracts/identity/revocation-log.ts';
import type { AccountId } from '../../shared/ids.ts';
import { migrate } from '../../shared/sql/migrate.ts';
import { Outbox } from '../../shared/sql/outbox.ts';
import { Timers } from '../../shared/sql/timers.ts';
import { consoleLog } from '../../shared/telemetry/log.ts';
import { applyAccount } from './account.ts';
import { destinations } from './destinations.ts';
import { sweep } from './sessions.ts';
import type { DestinationName } from './user.ts';
import { migrations } from './user-schema.ts';
import { SqliteUserStore } from './user-store.ts';

export type UserObjectEnv = {
  /** The namespace of {@link RevocationLog}. */
  readonly REVOCATION_LOGS: { getByName(name: string): unknown };
  /** {@link ConnectRpc}. */
  readonly CONNECT_RPC: unknown;
};

/** What the Worker that holds the object exports, as far as the object calls it. */
type OwnExports = {
  IdentityEntrypoint(options: { readonly props: { readonly caller: 'identity' } }): unknown;
};

type Context = {
  readonly ctx: DurableObjectState;
  readonly env: UserObjectEnv;
  readonly clock: Clock;
  readonly subject: AccountId;
};

/** The parts of a user's object whose tables are there. */
export type Opened = {
  readonly store: SqliteUserStore;
  readonly timers: Timers<'sweep' | 'outbox'>;
  readonly outbox: Outbox<DestinationName>;
};

/** Makes the tables, if need be, and the parts over them. */
export function open({ ctx, env, clock, subject }: Context): Opened {
  const { storage } = ctx;
  migrate(storage, migrations);
  const store = new SqliteUserStore(storage.sql);
  const timers: Opened['timers'] = new Timers(storage, clock, {
    sweep: async (now) => {
      const next = storage.transactionSync(() => sweep(store, now));
      if (next !== undefined) await timers.set('sweep', next);
    },
    outbox: () => outbox.deliver(),
  });
  const outbox = new Outbox({
    store: store.outbox,
    timers,
    clock,
    log: consoleLog,
    waitUntil: (work) => ctx.waitUntil(work),
    destinations: destinations({
      store,
      clock,
      subject,
      revocationLog: () => rpc<RevocationLog>(env.REVOCATION_LOGS.getByName('log')),
      connect: () => rpc<ConnectRpc>(env.CONNECT_RPC),
      onAccount: (account) => {
        storage.transactionSync(() => applyAccount(store, account, undefined, clock()));
      },
      identity: () => {
        const props = { caller: 'identity' } as const;
        return rpc<IdentityRpc>(rpc<OwnExports>(ctx.exports).IdentityEntrypoint({ props }));
      },
    }),
  });
  return { store, timers, outbox };
}
