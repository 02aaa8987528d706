import * as fc from 'fast-check';
import { type ExpectStatic, it } from 'vitest';
import { rotate } from '../../durable-objects/user/rotation.ts';
import {
  checkSession,
  endAllSessions,
  endSession,
  listSessions,
  openSession,
  recordAccessToken,
  sweep,
  touchSession,
} from '../../durable-objects/user/sessions.ts';
import { newFamily, type UserStore } from '../../durable-objects/user/user.ts';

import type { Installation, SessionLimits } from '../../shared/contracts/identity/user-sessions.ts';
import {
  anOpening,
  aRotation,
  CLIENT,
  familyIdOf,
  hashOf,
  LIMITS,
  OTHER_CLIENT,
  sessionIdOf,
} from '../support/user-fixture.ts';
import { UserModel } from '../support/user-model.ts';

/** Few of everything, so that sequences meet: three families, two installations, four limits. */
const MAX_FAMILIES = 3;
const INSTALLATIONS: readonly Installation[] = [
  { installationId: 'phone', fallback: 'home' },
  { installationId: 'laptop', fallback: 'home' },
  { installationId: null, fallback: 'home' },
  { installationId: null, fallback: 'train' },
  { installationId: 'phone', fallback: 'train' },
];
const DAY = 86_400;
const ALL_LIMITS: readonly SessionLimits[] = [
  LIMITS,
  { refreshSeconds: 3_600, idleSeconds: DAY, absoluteSeconds: 2 * DAY, accessSeconds: 60 },
  { refreshSeconds: 7 * DAY, idleSeconds: 30 * DAY, absoluteSeconds: 8 * DAY, accessSeconds: 900 },
  // Access tokens that outlive their session's retention.
  { refreshSeconds: DAY, idleSeconds: 3_600, absoluteSeconds: DAY, accessSeconds: 3 * DAY },
];
const EDGES = ['repeat', 'repeatUnnamed', 'idle', 'absolute', 'refresh', 'mark', 'forget'] as const;
const REASONS = ['logout', 'remote', 'admin'] as const;

const index = fc.nat(MAX_FAMILIES - 1);
const installation = fc.constantFrom(...INSTALLATIONS);
const limits = fc.constantFrom(...ALL_LIMITS);

const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: fc.constant('open'), installation, limits }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('join'), session: index, installation, limits }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      type: fc.constant('present'),
      // One more than there can be: a family nobody opened.
      family: fc.oneof({ weight: 9, arbitrary: index }, { weight: 1, arbitrary: fc.constant(99) }),
      back: fc.constantFrom(0, 0, 0, 0, 1, 1, 1, 2, 3, -1),
      secret: fc.constantFrom('own', 'own', 'own', 'own', 'own', 'current', 'previous', 'foreign'),
      isClientRight: fc.constantFrom(true, true, true, true, false),
      keeps: fc.constantFrom(false, false, false, true),
      installation,
      limits,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('end'),
      session: index,
      reason: fc.constantFrom(...REASONS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('endAll'), keep: fc.option(index, { nil: null }) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('mark'), session: index }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('record'),
      session: index,
      lifetime: fc.constantFrom(60, 900, 3_600, 4 * DAY),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('pass'), ms: fc.nat(9_999) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('reach'),
      edge: fc.constantFrom(...EDGES),
      family: index,
      past: fc.constantFrom(-1, 0, 1),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('sweep') }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
type Presentation = Extract<Step, { type: 'present' }>;

// Long on purpose: with fast-check's default size a whole class of mistakes goes unnoticed.
const steps = fc.array(step, { maxLength: 60, size: 'max' });

const byId = (a: { sessionId: string }, b: { sessionId: string }) =>
  a.sessionId.localeCompare(b.sessionId);

/** A store, its model, and the clock of both. */
class World {
  readonly model = new UserModel();
  readonly #store: UserStore;
  readonly #expect: ExpectStatic;
  #now = 1_800_000_000_123;

  constructor(store: UserStore, expect: ExpectStatic) {
    this.#store = store;
    this.#expect = expect;
  }

  take(taken: Step): void {
    switch (taken.type) {
      case 'open':
        return this.#open(taken.installation, taken.limits);
      case 'join':
        return this.#join(taken.session, taken.installation, taken.limits);
      case 'present':
        return this.#present(taken);
      case 'end': {
        const { session, reason } = taken;
        const ended = endSession(this.#store, sessionIdOf(session), reason, this.#now);
        return this.#same(ended > 0, this.model.end(session, reason, this.#now));
      }
      case 'endAll':
        return this.#endAll(taken.keep);
      case 'mark':
        touchSession(this.#store, sessionIdOf(taken.session), this.#now);
        return this.model.mark(taken.session, this.#now);
      case 'record': {
        const { session, lifetime } = taken;
        const expiresAt = Math.floor(this.#now / 1_000) + lifetime;
        const token = { sessionId: sessionIdOf(session), expiresAt };
        return this.#same(
          recordAccessToken(this.#store, token, this.#now),
          this.model.record(session, expiresAt, this.#now),
        );
      }
      case 'pass':
        this.#now += taken.ms;
        return undefined;
      case 'reach':
        return this.#advanceTo(taken.edge, taken.family, taken.past);
      case 'sweep':
        return this.#same(sweep(this.#store, this.#now), this.model.sweep(this.#now));
    }
  }

  /** Compares everything that can be seen. */
  compare(): void {
    for (const session of [0, 1, 2, 99]) {
      const status = checkSession(this.#store, sessionIdOf(session), this.#now);
      this.#same(status, this.model.status(session, this.#now));
    }
    this.#compareList();
    this.#same(
      this.#store.outbox.waiting(),
      this.model.notices.flatMap(({ session, reason, expiresAt }) =>
        ['revocation-log', 'connect'].map((destination) => ({
          destination,
          payload: { sessionId: sessionIdOf(session), reason, expiresAt },
          expiresAt: expiresAt * 1_000,
          attempts: 0,
          dueAt: this.#expect.any(Number),
          seq: this.#expect.any(Number),
        })),
      ),
    );
    this.#same(
      this.#store.hasSessions(),
      this.model.sessions.some((session) => session !== undefined),
    );
  }

  #compareList(): void {
    const listed = listSessions(this.#store, this.#now);
    const seen = listed.map(({ sessionId, createdAt, lastActivityAt, expiresAt }) => ({
      sessionId,
      createdAt,
      lastActivityAt,
      expiresAt,
    }));
    const expected = this.model.live(this.#now).map((session) => ({
      sessionId: sessionIdOf(session),
      createdAt: this.model.sessions[session]?.openedAt,
      lastActivityAt: this.model.lastActivity(session),
      expiresAt: this.model.expiry(session),
    }));
    this.#same(seen.toSorted(byId), expected.toSorted(byId));
    const order = seen.map((view) => view.lastActivityAt);
    this.#same(
      order,
      order.toSorted((a, b) => b - a),
    );
  }

  #open(by: Installation, with_: SessionLimits): void {
    if (this.model.families.length >= MAX_FAMILIES) return;
    const session = this.model.sessions.length;
    const opening = anOpening({
      sessionId: sessionIdOf(session),
      familyId: familyIdOf(this.model.families.length),
      installation: by,
      limits: with_,
    });
    const family = this.model.families.length;
    const opened = openSession(this.#store, opening, this.#now);
    this.model.open(by, with_, this.#now);
    this.#same(opened, {
      expiresAt: this.model.expiry(session),
      refreshExpiresAt: this.model.families[family]?.refreshUntil,
    });
  }

  /** A second family in a session, as another client's would be. */
  #join(number: number, by: Installation, with_: SessionLimits): void {
    const familyId = familyIdOf(this.model.families.length);
    const session = this.#store.session(sessionIdOf(number));
    const isFull = this.model.families.length >= MAX_FAMILIES;
    if (isFull || session === undefined || this.model.status(number, this.#now) !== 'live') return;
    const opening = anOpening({
      sessionId: session.grant.sessionId,
      familyId,
      installation: by,
      limits: with_,
    });
    this.#store.saveFamily(newFamily(opening, session.absoluteExpiresAt, this.#now));
    this.#store.saveSession({ ...session, familyIds: [...session.familyIds, familyId] });
    this.model.join(number, by, with_, this.#now);
  }

  #present({ family, back, secret, isClientRight, ...rest }: Presentation): void {
    const current = this.model.families[family]?.generation ?? 0;
    const generation = Math.max(0, current - back);
    const secretOf = { own: generation, current, previous: current - 1, foreign: -1 }[secret];
    const request = aRotation(familyIdOf(family), generation, {
      presentedHash: hashOf(secretOf),
      clientId: isClientRight ? CLIENT : OTHER_CLIENT,
      ...rest,
    });
    const isSecretRight = secretOf === generation;
    const presented = { family, generation, isSecretRight, isClientRight, ...rest };
    const answer = rotate(this.#store, request, this.#now);
    this.#expect(answer).toMatchObject(this.model.present(presented, this.#now));
    if (answer.ok) {
      const session = this.model.families[family]?.session ?? 99;
      this.#same(answer.value.grant.sessionId, sessionIdOf(session));
    }
  }

  #endAll(keep: number | null): void {
    const keepId = keep === null ? undefined : sessionIdOf(keep);
    const due = listSessions(this.#store, this.#now).map((view) => view.sessionId);
    const ended = endAllSessions(this.#store, keepId, 'remote', this.#now);
    // The order in which sessions of equal activity end is nobody's business.
    const numbers = due.map((id) => [0, 1, 2].find((n) => sessionIdOf(n) === id) ?? 99);
    const counted = numbers.filter((n) => n !== keep && this.model.end(n, 'remote', this.#now));
    this.#same(ended, counted.length);
  }

  #advanceTo(edge: (typeof EDGES)[number], number: number, past: number): void {
    const family = this.model.families[number];
    if (family === undefined) return;
    const { session } = family;
    const at = {
      repeat: family.rotatedAt + 10_000,
      repeatUnnamed: family.rotatedAt + 120_000,
      idle: this.model.lastActivity(session) + (this.model.sessions[session]?.idle ?? 0),
      absolute: this.model.sessions[session]?.absoluteUntil ?? 0,
      refresh: family.refreshUntil,
      mark: (this.model.sessions[session]?.markedAt ?? 0) + 300_000,
      forget: this.model.due(session),
    }[edge];
    this.#now = Math.max(this.#now, at + past);
  }

  #same(actual: unknown, expected: unknown): void {
    this.#expect(actual).toEqual(expected);
  }
}

/** The rules agree with the model over a store, for every sequence of steps. */
export function userRulesContract(
  name: string,
  runs: number,
  withStores: (test: (newStore: () => UserStore) => void) => Promise<void>,
): void {
  it(
    `[U3-U5] [U10-U15] [U19] [U20-U21] [U24] [U30] rules agree with the model: ${name}`,
    ({ expect }) =>
      withStores((newStore) => {
        const predicate = (sequence: readonly Step[]) => {
          const backend = new World(newStore(), expect);
          for (const taken of sequence) {
            backend.take(taken);
            backend.compare();
          }
        };
        fc.assert(fc.property(steps, predicate), { numRuns: runs });
      }),
    120_000,
  );
}
