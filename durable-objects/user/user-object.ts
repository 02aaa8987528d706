import { DurableObject } from 'cloudflare:workers';

import type { Clock, Millis } from '../../shared/clock.ts';
import type { SessionStatus } from '../../shared/contracts/identity/identity-rpc.ts';
import type { RelyingParty } from '../../shared/contracts/identity/relying-party.ts';
import type {
  AccessTokenRecord,
  AccountChange,
  EndAllSessions,
  EndReason,
  IssueCode,
  IssueCodeError,
  OpenedSession,
  OpenSession,
  Reauthentication,
  RedeemCode,
  RedeemError,
  RedeemedCode,
  RefreshTokenQuery,
  RefreshTokenRecord,
  RefusedSession,
  RotateError,
  RotateRequest,
  Rotation,
  SessionGrant,
  SessionRecord,
  SessionView,
  UserSessions,
} from '../../shared/contracts/identity/user-sessions.ts';
import { AccountId, type ClientId, type SessionId } from '../../shared/ids.ts';
import { err, type Result } from '../../shared/result.ts';
import { isMigrated } from '../../shared/sql/migrate.ts';
import { consoleLog } from '../../shared/telemetry/log.ts';
import { admitSession, applyAccount, expectAccountChange, renewAuthentication } from './account.ts';
import { issueCode, redeemCode } from './authorization-codes.ts';
import { readRefreshToken, rotate } from './rotation.ts';
import {
  checkSession,
  endAllSessions,
  endClientSessions,
  endSession,
  listSessions,
  RETENTION,
  readSession,
  recordAccessToken,
  touchSession,
} from './sessions.ts';
import type { UserStore } from './user.ts';
import { type Opened, open, type UserObjectEnv } from './user-wiring.ts';

/**
 * One user: the authority on their sessions, refresh tokens and authorization codes.
 *
 * Its name is `user:<accountId>`. Its rules are in `user.ts` and beside it. Here every call is one
 * transaction, and what it leaves in the outbox for the platform is sent before the call returns.
 */
export class UserObject extends DurableObject<UserObjectEnv> implements UserSessions {
  readonly #clock: Clock = () => Date.now();
  /** Absent until the first session opens: a made-up id must not allocate storage. */
  #opened: Opened | undefined;

  constructor(ctx: DurableObjectState, env: UserObjectEnv) {
    super(ctx, env);
    if (isMigrated(ctx.storage)) this.#opened = this.#open();
  }

  /**
   * @throws {Error} If the session belongs to another account, its id was used before, or its
   *   parent does not live.
   */
  async openSession(request: OpenSession): Promise<OpenedSession | RefusedSession> {
    if (request.grant.accountId !== this.#subject()) {
      throw new Error('Cannot open a session: it belongs to another account');
    }
    this.#opened ??= this.#open();
    const { store, timers } = this.#opened;
    const now = this.#clock();
    const isFirst = !store.hasSessions();
    const { answer, evicted, hasChanged } = this.ctx.storage.transactionSync(() =>
      admitSession(store, request, now),
    );
    // Only here and when it fires: a rotation sets no alarm.
    if (isFirst) await timers.set('sweep', now + RETENTION);
    logEvicted(evicted);
    if (hasChanged) await this.#dispatch();
    return answer;
  }

  async rotate(request: RotateRequest): Promise<Result<Rotation, RotateError>> {
    const rotated = this.#transact((store, now) => rotate(store, request, now));
    if (rotated === undefined) return err({ reason: 'family_unknown' });
    if (!rotated.ok && rotated.error.reason === 'refresh_reused') await this.#dispatch();
    return rotated;
  }

  async listSessions(): Promise<readonly SessionView[]> {
    return this.#read((store, now) => listSessions(store, now)) ?? [];
  }

  async checkSession(sessionId: SessionId): Promise<SessionStatus> {
    return this.#read((store, now) => checkSession(store, sessionId, now)) ?? 'unknown';
  }

  async readSession(sessionId: SessionId): Promise<SessionRecord | undefined> {
    return this.#read((store, now) => readSession(store, sessionId, now));
  }

  async readRefreshToken(token: RefreshTokenQuery): Promise<RefreshTokenRecord | undefined> {
    return this.#read((store, now) => readRefreshToken(store, token, now));
  }

  async relyingParties(sessionId: SessionId): Promise<readonly RelyingParty[]> {
    return this.#read((store) => store.relyingParties(sessionId)) ?? [];
  }

  async touchSession(sessionId: SessionId): Promise<void> {
    this.#transact((store, now) => touchSession(store, sessionId, now));
  }

  async recordAccessToken(record: AccessTokenRecord): Promise<boolean> {
    return this.#transact((store, now) => recordAccessToken(store, record, now)) ?? false;
  }

  async reauthenticate(request: Reauthentication): Promise<boolean> {
    return this.#transact((store, now) => renewAuthentication(store, request, now)) ?? false;
  }

  async endSession(sessionId: SessionId, reason: EndReason): Promise<boolean> {
    return (await this.#end((store, now) => endSession(store, sessionId, reason, now))) > 0;
  }

  async endAllSessions({ keep, reason }: EndAllSessions): Promise<number> {
    return this.#end((store, now) => endAllSessions(store, keep, reason, now));
  }

  async endClientSessions(clientId: ClientId, reason: EndReason): Promise<number> {
    return this.#end((store, now) => endClientSessions(store, clientId, reason, now));
  }

  async expectAccountChange(): Promise<void> {
    this.#opened ??= this.#open();
    const { store, timers } = this.#opened;
    const now = this.#clock();
    this.#transact((all) => expectAccountChange(all, now));
    // The sweep deletes an object that was opened for this alone.
    if (!store.hasSessions()) await timers.set('sweep', now + RETENTION);
    await this.#dispatch();
  }

  async accountChanged({ account, keep }: AccountChange): Promise<void> {
    this.#transact((store, now) => applyAccount(store, account, keep, now));
    await this.#dispatch();
  }

  /** @throws {Error} If the code was issued before. */
  async issueCode(request: IssueCode): Promise<Result<undefined, IssueCodeError>> {
    const issued = this.#transact((store, now) => issueCode(store, request, now));
    return issued ?? err({ reason: 'session_ended' });
  }

  /** @throws {Error} If an id of the session to open was used before. */
  async redeemCode(request: RedeemCode): Promise<Result<RedeemedCode, RedeemError>> {
    const outcome = this.#transact((store, now) => redeemCode(store, request, now));
    if (outcome === undefined) return err({ reason: 'code_unknown' });
    logEvicted(outcome.evicted);
    if (outcome.ended > 0 || outcome.evicted.length > 0) await this.#dispatch();
    return outcome.redeemed;
  }

  /** Retries deliveries, forgets the dead, and deletes the object once nothing is left of it. */
  override async alarm(): Promise<void> {
    if (this.#opened === undefined) return;
    await this.#opened.timers.fire();
    if (!this.#opened.store.isEmpty()) return;
    // The instance outlives its tables: forget them, or the next call would query missing ones.
    this.#opened = undefined;
    await this.ctx.storage.deleteAll();
  }

  /** `undefined`: nothing was ever stored, so there is nothing to read. */
  #read<T>(read: (store: UserStore, now: Millis) => T): T | undefined {
    return this.#opened && read(this.#opened.store, this.#clock());
  }

  #transact<T>(change: (store: UserStore, now: Millis) => T): T | undefined {
    return this.ctx.storage.transactionSync(() => this.#read(change));
  }

  async #end(end: (store: UserStore, now: Millis) => number): Promise<number> {
    const ended = this.#transact(end) ?? 0;
    if (ended > 0) await this.#dispatch();
    return ended;
  }

  /** Call it in the same turn as the transaction that left something in the outbox. */
  async #dispatch(): Promise<void> {
    await this.#opened?.outbox.dispatch();
  }

  #open(): Opened {
    const { ctx, env } = this;
    return open({ ctx, env, clock: this.#clock, subject: this.#subject() });
  }

  #subject(): AccountId {
    return AccountId.restore((this.ctx.id.name ?? '').replace(/^user:/, ''));
  }
}

function logEvicted(evicted: readonly SessionGrant[]): void {
  for (const { sessionId, clientId, accountId } of evicted) {
    consoleLog({ event: 'session.evicted', level: 'info', sessionId, clientId, accountId });
  }
}
