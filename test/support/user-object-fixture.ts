import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { vi } from 'vitest';

import type { DestinationName } from '../../durable-objects/user/user.ts';
import { randomBytes } from '../../shared/bytes.ts';
import { rpc } from '../../shared/contracts/bindings.ts';
import type { AccountState } from '../../shared/contracts/identity/identity-rpc.ts';
import type { OAuthTerms } from '../../shared/contracts/identity/oauth-terms.ts';
import type { RelyingParty } from '../../shared/contracts/identity/relying-party.ts';
import type { Revocation } from '../../shared/contracts/identity/revocation-log.ts';
import type {
  AccountChange,
  Installation,
  IssueCode,
  OpenSession,
  RedeemCode,
  RotateRequest,
  UserSessions,
} from '../../shared/contracts/identity/user-sessions.ts';
import {
  type FamilyId,
  newAccountId,
  newFamilyId,
  newSessionId,
  type SessionId,
} from '../../shared/ids.ts';
import { Timers } from '../../shared/sql/timers.ts';
import { ConnectRecorder, IdentityEntrypoint, RevocationLogObject } from './objects-worker.ts';
import {
  anIssue,
  anOpening,
  aRedemption,
  aRotation,
  OTHER_CLIENT,
  PHONE,
  theTerms,
} from './user-fixture.ts';

/** A user's object of its own for every test, and what a test does with it. */
export class UserFixture {
  readonly accountId = newAccountId();
  readonly name = `user:${this.accountId}`;
  #version = 0;

  /** A new stub: one that has thrown is of no use. */
  get stub() {
    return env.USERS.getByName(this.name);
  }

  get sessions(): UserSessions {
    return rpc<UserSessions>(this.stub);
  }

  opening(overrides: Partial<OpenSession> = {}): OpenSession {
    return anOpening({ accountId: this.accountId, sessionId: newSessionId(), ...overrides });
  }

  /** Opens a session and returns its ids. */
  async open(overrides: Partial<OpenSession> = {}) {
    const familyId = newFamilyId();
    const opening = this.opening({ familyId, ...overrides });
    await this.sessions.openSession(opening);
    return { sessionId: opening.grant.sessionId, familyId };
  }

  /** Issues a code in a browser's session. It lives for a minute. */
  issue(browser: SessionId, overrides: Partial<IssueCode> = {}) {
    return this.sessions.issueCode(anIssue(browser, Date.now() + 60_000, overrides));
  }

  redeem(overrides: Partial<RedeemCode> = {}) {
    return this.sessions.redeemCode(aRedemption(overrides));
  }

  /** Issues a code and redeems it. Returns the ids of the grant. */
  async grant(browser: SessionId, overrides: Partial<IssueCode> = {}) {
    const { codeHash = randomBytes(32), clientId = OTHER_CLIENT } = overrides;
    const ids = { sessionId: newSessionId(), familyId: newFamilyId() };
    await this.issue(browser, { ...overrides, codeHash });
    const redeemed = await this.redeem({ codeHash, clientId, ...ids });
    if (!redeemed.ok) throw new Error(`Cannot grant: ${redeemed.error.reason}`);
    return ids;
  }

  rotate(
    familyId: FamilyId,
    generation: number,
    installation: Installation = PHONE,
    overrides: Partial<RotateRequest> = {},
  ) {
    return this.sessions.rotate(aRotation(familyId, generation, { installation, ...overrides }));
  }

  /** An account of which nothing is remarkable but what a test names, and newer than the last. */
  changed(overrides: Partial<AccountState> = {}): AccountChange {
    this.#version += 1;
    const account = { status: 'active', roles: ['user'], credentialsVersion: 0 } as const;
    return { account: { ...account, version: this.#version, ...overrides } };
  }

  changeRoles(roles: readonly string[]): Promise<void> {
    return this.sessions.accountChanged(this.changed({ roles }));
  }

  /** How a call failed. */
  failure(call: (object: UserSessions) => Promise<unknown>): Promise<string> {
    return runInDurableObject(this.stub, async (object) => {
      try {
        await call(object);
        return 'it succeeded';
      } catch (error) {
        return String(error);
      }
    });
  }

  evict(): Promise<void> {
    return evictDurableObject(this.stub);
  }

  /** Runs the alarm now, if one is set. */
  ring(): Promise<boolean> {
    return runDurableObjectAlarm(this.stub);
  }

  alarmAt(): Promise<number | null> {
    return runInDurableObject(this.stub, (_, { storage }) => storage.getAlarm());
  }

  /** Rows of a table; `undefined` if the object has no such table. */
  rows(table: string): Promise<number | undefined> {
    return runInDurableObject(this.stub, (_, { storage: { sql } }) => {
      const exists = sql.exec('SELECT 1 FROM sqlite_schema WHERE name = ?', table).toArray();
      if (exists.length === 0) return undefined;
      return sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).one().n;
    });
  }

  /** What waits for the platform: for anybody but relying parties. */
  outbox(): Promise<{ destination: string; attempts: number }[]> {
    return runInDurableObject(this.stub, (_, { storage: { sql } }) =>
      sql
        .exec<{ destination: string; attempts: number }>(
          "SELECT destination, attempts FROM outbox WHERE destination <> 'logout' ORDER BY seq",
        )
        .toArray(),
    );
  }

  /** How many deliveries wait for a destination. */
  waiting(destination: DestinationName): Promise<number> {
    const query = 'SELECT count(*) AS n FROM outbox WHERE destination = ?';
    return runInDurableObject(
      this.stub,
      (_, { storage: { sql } }) => sql.exec<{ n: number }>(query, destination).one().n,
    );
  }

  /** The names of the timers that are set. */
  async timers(): Promise<string[]> {
    return (await this.#timers()).map(({ name }) => name);
  }

  async timerAt(name: 'sweep' | 'outbox'): Promise<number> {
    const timer = (await this.#timers()).find((each) => each.name === name);
    if (timer === undefined) throw new Error(`Cannot tell the time: no timer "${name}"`);
    return timer.at;
  }

  #timers(): Promise<{ name: string; at: number }[]> {
    const query = 'SELECT name, at FROM _timers ORDER BY at';
    return runInDurableObject(this.stub, (_, { storage: { sql } }) =>
      sql.exec<{ name: string; at: number }>(query).toArray(),
    );
  }

  /** Terms by which a client knows the user as we do: not pairwise. */
  terms(browserSessionId: SessionId): OAuthTerms {
    return theTerms({ subject: this.accountId, browserSessionId });
  }

  /** What `connect` was told of this user. */
  notifications(): unknown[] {
    return ConnectRecorder.calls.filter(
      (call) => (call as { subject: string }).subject === this.accountId,
    );
  }
}

/** Which relying parties were told of the end of a session, in which order. */
export const loggedOut = (sessionId: SessionId): readonly RelyingParty[] =>
  IdentityEntrypoint.logouts
    .filter((logout) => logout.sessionId === sessionId)
    .flatMap((logout) => logout.parties);

/** Rows read and written by a user's object meanwhile, as the platform counts (and bills) them. */
export async function rowsTouched(
  user: UserFixture,
  work: () => Promise<unknown>,
): Promise<{ readonly read: number; readonly written: number }> {
  return runInDurableObject(user.stub, async (_, { storage: { sql } }) => {
    const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
    const exec = sql.exec.bind(sql);
    const spy = vi.spyOn(sql, 'exec').mockImplementation((query, ...bindings) => {
      const cursor = exec(query, ...bindings);
      cursors.push(cursor);
      return cursor;
    });
    await work();
    const { length } = cursors;
    spy.mockRestore();
    if (length === 0) throw new Error('Cannot count rows: no statement was seen');
    return {
      read: cursors.reduce((sum, cursor) => sum + cursor.rowsRead, 0),
      written: cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0),
    };
  });
}

/** The entries of the revocation log for a session. */
export async function revocationsOf(sessionId: string): Promise<readonly Revocation[]> {
  const log = env.REVOCATION_LOGS.getByName('log');
  const entries: Revocation[] = [];
  for (let after = 0, more = true; more; ) {
    // oxlint-disable-next-line no-await-in-loop -- a page tells where the next one begins
    const page = await log.read(after);
    entries.push(...page.entries);
    after = page.position;
    more = page.more;
  }
  return entries.filter((entry) => entry.id === sessionId);
}

/** Lets time pass for the objects. Undone by `vi.restoreAllMocks()`. */
export function passTime(ms: number): void {
  const at = Date.now();
  const real = performance.now();
  vi.spyOn(Date, 'now').mockImplementation(() => at + ms + Math.floor(performance.now() - real));
}

/** Makes an object die as soon as a timer of it is stored. Undone by `vi.restoreAllMocks()`. */
export function dieWhenTimerIsSet(state: DurableObjectState): void {
  vi.spyOn(Timers.prototype, 'set').mockImplementation(async (name, at) => {
    const { storage } = state;
    storage.sql.exec('INSERT OR REPLACE INTO _timers VALUES (?, ?)', name, at);
    await storage.setAlarm(at);
    await storage.sync();
    state.abort('killed by a test');
  });
}

/** Replaces what `connect` or the log does. Undone by `vi.restoreAllMocks()`. */
export const onConnect = (answer: () => Promise<number>): void => {
  vi.spyOn(ConnectRecorder.prototype, 'sessionsEnded').mockImplementation(
    answer as unknown as () => number,
  );
};
export const onLog = (answer: () => Promise<void>): void => {
  vi.spyOn(RevocationLogObject.prototype, 'append').mockImplementation(answer);
};
