import {
  type Arbitrary,
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  nat,
  oneof,
  property,
  record,
} from 'fast-check';
import { describe, expect, it } from 'vitest';

import { admitSession, applyAccount } from '../../../../durable-objects/user/account.ts';
import { rotate } from '../../../../durable-objects/user/rotation.ts';
import { liveSessions } from '../../../../durable-objects/user/user.ts';
import type { AccountState } from '../../../../shared/contracts/identity/identity-rpc.ts';
import type { OpenSession } from '../../../../shared/contracts/identity/user-sessions.ts';
import type { SessionId } from '../../../../shared/ids.ts';
import { MemoryUserStore } from '../../../support/memory-user-store.ts';
import { anOpening, aRotation } from '../../../support/user-fixture.ts';

/** One step of somebody. Who reads and who acts are different steps, so that all orders happen. */
type Step =
  | { readonly kind: 'read'; readonly who: number }
  | { readonly kind: 'sign_in'; readonly who: number }
  | { readonly kind: 'refresh'; readonly who: number }
  | { readonly kind: 'replace_password'; readonly who: number; readonly reported: boolean }
  | { readonly kind: 'change_roles'; readonly roles: string; readonly reported: boolean }
  | { readonly kind: 'change_status'; readonly disabled: boolean; readonly reported: boolean }
  | { readonly kind: 'report'; readonly index: number };

const who = nat(3);
const step: Arbitrary<Step> = oneof(
  record({ kind: constant('read' as const), who }),
  record({ kind: constant('sign_in' as const), who }),
  record({ kind: constant('refresh' as const), who }),
  record({ kind: constant('replace_password' as const), who, reported: boolean() }),
  record({
    kind: constant('change_roles' as const),
    roles: constantFrom('user', 'editor', 'admin'),
    reported: boolean(),
  }),
  record({
    kind: constant('change_status' as const),
    disabled: boolean(),
    reported: boolean(),
  }),
  record({ kind: constant('report' as const), index: nat(9) }),
);

/** A database, a user's object, and four people who sign in to one account and change it. */
class Model {
  readonly store = new MemoryUserStore();
  database: AccountState = { status: 'active', roles: ['user'], version: 0, credentialsVersion: 0 };
  readonly #read: AccountState[] = [];
  /** By whom it was opened, and which password was checked for it. */
  readonly #opened = new Map<SessionId, { opening: OpenSession; generation: number }>();
  readonly #ofPerson = new Map<number, SessionId>();
  /** Readings of the account that are on their way to the object: late, lost and repeated. */
  readonly #underWay: { account: AccountState; keep: SessionId | undefined }[] = [];
  /** The newest that the object was told of the account, by a report or by a sign-in. */
  newest: AccountState = this.database;
  #now = 1_000_000;

  take(one: Step): void {
    this.#now += 1;
    switch (one.kind) {
      case 'read':
        this.#read[one.who] = this.database;
        return;
      case 'sign_in':
        return this.#signIn(one.who);
      case 'refresh':
        return this.#refresh(one.who);
      case 'replace_password':
        return this.#replacePassword(one.who, one.reported);
      case 'change_roles':
        return this.#change({ roles: [one.roles] }, undefined, one.reported);
      case 'change_status':
        return this.#change(
          { status: one.disabled ? 'disabled' : 'active' },
          undefined,
          one.reported,
        );
      case 'report': {
        const report = this.#underWay[one.index];
        if (report !== undefined) this.#apply(report.account, report.keep);
      }
    }
  }

  /** The object reads the account in the end, whatever was lost. */
  settle(): void {
    this.#apply(this.database, undefined);
  }

  get live(): readonly OpenSession[] {
    return liveSessions(this.store, this.#now).map(
      ({ session }) =>
        (this.#opened.get(session.grant.sessionId) as { opening: OpenSession }).opening,
    );
  }

  get rolesOfLive(): readonly (readonly string[])[] {
    return liveSessions(this.store, this.#now).map(({ session }) => session.grant.roles);
  }

  #signIn(person: number): void {
    const account = this.#read[person];
    if (account?.status !== 'active') return;
    const opening = { ...anOpening(), account };
    const grant = { ...opening.grant, roles: account.roles };
    const { answer } = admitSession(this.store, { ...opening, grant }, this.#now);
    this.#hasHeard(account);
    if ('refused' in answer) return;
    this.#opened.set(grant.sessionId, { opening, generation: 0 });
    this.#ofPerson.set(person, grant.sessionId);
  }

  #refresh(person: number): void {
    const sessionId = this.#ofPerson.get(person);
    const session = sessionId && this.#opened.get(sessionId);
    if (session === undefined) return;
    const request = aRotation(session.opening.familyId, session.generation);
    if (rotate(this.store, request, this.#now).ok) session.generation += 1;
  }

  /** Only who checked the password that is valid, in a session that lives, can replace it. */
  #replacePassword(person: number, reported: boolean): void {
    const { credentialsVersion } = this.#read[person] ?? {};
    if (credentialsVersion !== this.database.credentialsVersion) return;
    const version = this.database.version + 1;
    this.#change({ credentialsVersion: version }, this.#ofPerson.get(person), reported);
  }

  #change(change: Partial<AccountState>, keep: SessionId | undefined, reported: boolean): void {
    this.database = { ...this.database, ...change, version: this.database.version + 1 };
    this.#underWay.push({ account: this.database, keep });
    if (reported) this.#apply(this.database, keep);
  }

  #apply(account: AccountState, keep: SessionId | undefined): void {
    applyAccount(this.store, account, keep, this.#now);
    this.#hasHeard(account);
    if (keep !== undefined) this.#vouchFor(keep, account);
  }

  #hasHeard(account: AccountState): void {
    if (account.version >= this.newest.version) this.newest = account;
  }

  /** The owner replaced the password in this session, which stays. */
  #vouchFor(sessionId: SessionId, account: AccountState): void {
    const session = this.#opened.get(sessionId);
    if (session !== undefined) session.opening = { ...session.opening, account };
  }
}

const credentialsOf = ({ account }: OpenSession): number => account?.credentialsVersion ?? 0;

describe('applyAccount', () => {
  it('[U83] [U84] [U85] lets no session live by a password that was replaced, in any order of sign-ins, changes and lost reports', () => {
    assert(
      property(array(step, { maxLength: 40 }), (steps) => {
        const model = new Model();
        for (const one of steps) {
          model.take(one);
          for (const session of model.live) {
            expect(credentialsOf(session)).toBeGreaterThanOrEqual(model.newest.credentialsVersion);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('[U70] [U71] [U80] [U85] gives every session the newest roles that it was told, in any order', () => {
    assert(
      property(array(step, { maxLength: 40 }), (steps) => {
        const model = new Model();
        for (const one of steps) {
          model.take(one);
          if (model.newest.status === 'disabled') expect(model.live).toEqual([]);
          for (const roles of model.rolesOfLive) expect(roles).toEqual(model.newest.roles);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('[U80] [U82] [U85] agrees with the database once it has read the account', () => {
    assert(
      property(array(step, { maxLength: 40 }), (steps) => {
        const model = new Model();
        for (const one of steps) model.take(one);
        model.settle();
        const { status, roles, credentialsVersion } = model.database;
        if (status === 'disabled') expect(model.live).toEqual([]);
        for (const each of model.rolesOfLive) expect(each).toEqual(roles);
        for (const session of model.live) {
          expect(credentialsOf(session)).toBe(credentialsVersion);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
