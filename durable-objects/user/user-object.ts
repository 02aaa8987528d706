import { DurableObject } from 'cloudflare:workers';

import type { Clock, Millis } from '../../shared/clock.ts';
import type { ConnectRpc } from '../../shared/contracts/connect-rpc.ts';
import type { SessionStatus } from '../../shared/contracts/identity-rpc.ts';
import type { RevocationLog } from '../../shared/contracts/revocation.ts';
import { rpc } from '../../shared/contracts/rpc.ts';
import type {
  EndAllSessions,
  EndReason,
  OpenedSession,
  OpenSession,
  RotateError,
  RotateRequest,
  Rotation,
  SessionView,
  UserSessions,
} from '../../shared/contracts/sessions.ts';
import { AccountId, type SessionId } from '../../shared/ids.ts';
import { err, type Result } from '../../shared/result.ts';
import { isMigrated, migrate } from '../../shared/sql/migrate.ts';
import { Timers } from '../../shared/sql/timers.ts';
import { consoleLog } from '../../shared/telemetry/log.ts';
import { Courier } from './courier.ts';
import { makeRoom, openSession } from './opening.ts';
import { rotate } from './rotation.ts';
import { RETENTION, sweep } from './sweeping.ts';
import { checkSession, endAllSessions, endSession, listSessions, touchSession } from './user.ts';
import { migrations } from './user-schema.ts';
import { SqliteUserStore } from './user-store.ts';

export type UserObjectEnv = {
  /** The namespace of {@link RevocationLog}. */
  readonly REVOCATION_LOGS: { getByName(name: string): unknown };
  /** {@link ConnectRpc}. */
  readonly CONNECT_RPC: unknown;
};

type Opened = {
  readonly store: SqliteUserStore;
  readonly timers: Timers<'sweep' | 'outbox'>;
  readonly courier: Courier;
};

/**
 * One user: the authority on their sessions and refresh tokens.
 *
 * Its name is `user:<accountId>`. What it decides is in `user.ts` and beside it; here every call is
 * one transaction, and what it leaves in the outbox is delivered before the call returns.
 */
export class UserObject extends DurableObject<UserObjectEnv> implements UserSessions {
  readonly #clock: Clock = () => Date.now();
  /** Absent until the first session opens: a made-up id must not allocate storage. */
  #opened: Opened | undefined;

  constructor(ctx: DurableObjectState, env: UserObjectEnv) {
    super(ctx, env);
    if (isMigrated(ctx.storage)) this.#opened = this.#open();
  }

  /** @throws {Error} If the session belongs to another account, or its id was used before. */
  async openSession(request: OpenSession): Promise<OpenedSession> {
    if (request.grant.accountId !== this.#subject()) {
      throw new Error('Cannot open a session: it belongs to another account');
    }
    this.#opened ??= this.#open();
    const { store, timers, courier } = this.#opened;
    const now = this.#clock();
    const { opened, isFirst, ended } = this.ctx.storage.transactionSync(() => {
      const isFirst = !store.hasSessions();
      const ended = makeRoom(store, now);
      return { opened: openSession(store, request, now), isFirst, ended };
    });
    // Only here and when it fires: a rotation sets no alarm.
    if (isFirst) await timers.set('sweep', now + RETENTION);
    else if (ended > 0) await courier.dispatch();
    return opened;
  }

  async rotate(request: RotateRequest): Promise<Result<Rotation, RotateError>> {
    if (this.#opened === undefined) return err({ reason: 'family_unknown' });
    const { store, courier } = this.#opened;
    const rotated = this.ctx.storage.transactionSync(() => rotate(store, request, this.#clock()));
    if (!rotated.ok && rotated.error.reason === 'refresh_reused') await courier.dispatch();
    return rotated;
  }

  async listSessions(): Promise<readonly SessionView[]> {
    return this.#opened === undefined ? [] : listSessions(this.#opened.store, this.#clock());
  }

  async checkSession(sessionId: SessionId): Promise<SessionStatus> {
    if (this.#opened === undefined) return 'unknown';
    return checkSession(this.#opened.store, sessionId, this.#clock());
  }

  async touchSession(sessionId: SessionId): Promise<void> {
    if (this.#opened !== undefined) touchSession(this.#opened.store, sessionId, this.#clock());
  }

  async endSession(sessionId: SessionId, reason: EndReason): Promise<boolean> {
    if (this.#opened === undefined) return false;
    const { store, courier } = this.#opened;
    const isEnded = this.ctx.storage.transactionSync(() =>
      endSession(store, sessionId, reason, this.#clock()),
    );
    if (isEnded) await courier.dispatch();
    return isEnded;
  }

  async endAllSessions({ keep, reason }: EndAllSessions): Promise<number> {
    if (this.#opened === undefined) return 0;
    const { store, courier } = this.#opened;
    const ended = this.ctx.storage.transactionSync(() =>
      endAllSessions(store, keep, reason, this.#clock()),
    );
    if (ended > 0) await courier.dispatch();
    return ended;
  }

  /** Retries deliveries, forgets the dead, and deletes the object once nothing is left of it. */
  override async alarm(): Promise<void> {
    if (this.#opened === undefined) return;
    const { store, timers } = this.#opened;
    await timers.fire();
    if (store.hasSessions() || store.notices().length > 0) return;
    // The instance outlives its tables: forget them, or the next call would query missing ones.
    this.#opened = undefined;
    await this.ctx.storage.deleteAll();
  }

  #open(): Opened {
    const { storage } = this.ctx;
    const clock = this.#clock;
    migrate(storage, migrations);
    const store = new SqliteUserStore(storage.sql);
    const timers: Opened['timers'] = new Timers(storage, clock, {
      sweep: (now) => this.#sweep(now),
      outbox: () => courier.deliver(),
    });
    const courier = new Courier({
      store,
      timers,
      clock,
      log: consoleLog,
      subject: this.#subject(),
      recipients: () => ({
        revocationLog: rpc<RevocationLog>(this.env.REVOCATION_LOGS.getByName('log')),
        connect: rpc<ConnectRpc>(this.env.CONNECT_RPC),
      }),
    });
    return { store, timers, courier };
  }

  async #sweep(now: Millis): Promise<void> {
    if (this.#opened === undefined) return;
    const { store, timers } = this.#opened;
    const next = this.ctx.storage.transactionSync(() => sweep(store, now));
    if (next !== undefined) await timers.set('sweep', next);
  }

  #subject(): AccountId {
    return AccountId.restore((this.ctx.id.name ?? '').replace(/^user:/, ''));
  }
}
