import * as fc from 'fast-check';
import { type ExpectStatic, it } from 'vitest';
import { issueCode, redeemCode } from '../../durable-objects/user/authorization-codes.ts';
import { readRefreshToken, rotate } from '../../durable-objects/user/rotation.ts';
import {
  endAllSessions,
  endClientSessions,
  endSession,
  listSessions,
  openSession,
  readSession,
  reauthenticate,
  sweep,
} from '../../durable-objects/user/sessions.ts';
import type { UserStore } from '../../durable-objects/user/user.ts';

import type { ClientId } from '../../shared/ids.ts';
import { GrantsModel, type Presented } from '../support/grants-model.ts';
import {
  anIssue,
  anOpening,
  aRedemption,
  aRotation,
  CLIENT,
  familyIdOf,
  hashOf,
  LIMITS,
  OTHER_CLIENT,
  REDIRECT_URI,
  sessionIdOf,
  theTerms,
} from '../support/user-fixture.ts';

const DAY = 86_400;
const MAX_SESSIONS = 7;
const MAX_CODES = 4;
/** The first is the one the user signs in to us with. */
const CLIENTS: readonly ClientId[] = [CLIENT, OTHER_CLIENT];
/** Seconds: idle and absolute. The children of the second are cut short. */
const LIVES = [
  [DAY, 30 * DAY],
  [DAY / 2, DAY],
  [3_600, 3 * DAY],
] as const;

const often = <T>(usual: T, ...others: readonly T[]) =>
  fc.constantFrom(usual, usual, usual, usual, usual, ...others);
/** Of those that are there, and one more. */
const session = fc.nat(999);
const code = fc.nat(999);
const client = fc.nat(CLIENTS.length - 1);

const step = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('open'), life: fc.constantFrom(...LIVES) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('issue'),
      browser: session,
      client,
      isKeyBound: fc.boolean(),
      isOffline: fc.boolean(),
      isOpenId: often(true, false),
      life: fc.constantFrom(60_000, 2 * DAY * 1_000),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('redeem'),
      code,
      /** Whether that happens when the code expires, or around it. */
      atExpiry: often(null, -1, 0, 1),
      isClientRight: often(true, false),
      redirectUri: often('right' as const, 'none' as const, 'wrong' as const),
      isVerifierRight: often(true, false),
      isKeyRight: often(true, false),
      isPublic: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('rotate'),
      session,
      isKeyRight: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('end'), session, isLate: often(false, true, true) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('endAll'), keep: session }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('endClient'), client }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reauthenticate'), session }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('reach'),
      edge: fc.constantFrom('expiry', 'forget', 'code', 'forgetCode'),
      session,
      code,
      past: fc.constantFrom(-1, 0, 1),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('pass'), ms: fc.nat(9_999) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('sweep') }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
type StepOf<Type> = Extract<Step, { type: Type }>;
type Target = Omit<StepOf<'reach'>, 'type' | 'past'> & { readonly past: number };

// Long on purpose: with fast-check's default size a whole class of mistakes goes unnoticed.
const steps = fc.array(step, { maxLength: 50, size: 'max' });

const KEY = { jkt: 'thumbprint' };
const subjectOf = (number: number) => `subject-for-${number}`;

/** A store, its model, and the clock of both. */
class World {
  readonly #model = new GrantsModel();
  readonly #store: UserStore;
  readonly #expect: ExpectStatic;
  #now = 1_800_000_000_123;
  #opened = 0;
  #issued = 0;

  constructor(store: UserStore, expect: ExpectStatic) {
    this.#store = store;
    this.#expect = expect;
  }

  take(step: Step): void {
    const taken = this.#aimed(step);
    switch (taken.type) {
      case 'open':
        return this.#open(taken);
      case 'issue':
        return this.#issue(taken);
      case 'redeem':
        return this.#redeem(taken);
      case 'rotate':
        return this.#rotate(taken);
      case 'end':
      case 'endAll':
      case 'endClient':
        return this.#end(taken);
      case 'reauthenticate':
        return this.#reauthenticate(taken);
      case 'reach':
        return this.#advanceTo(taken);
      case 'pass':
        this.#now += taken.ms;
        return undefined;
      case 'sweep':
        return this.#same(sweep(this.#store, this.#now), this.#model.sweep(this.#now));
    }
  }

  /** Compares everything that can be seen. */
  compare(): void {
    for (let number = 0; number <= this.#opened; number += 1) this.#compareSession(number);
    const listed = listSessions(this.#store, this.#now).map((view) => view.sessionId);
    const live = [...this.#model.sessions.keys()].filter((n) => this.#model.isLive(n, this.#now));
    this.#same(listed.toSorted(), live.map(sessionIdOf).toSorted());
    const logouts = this.#store.outbox
      .waiting()
      .filter(({ destination }) => destination === 'logout')
      .map(({ payload }) => payload as { sessionId: string; subject: string });
    this.#same(
      logouts.map((logout) => `${logout.sessionId} ${logout.subject}`).toSorted(),
      this.#model.logouts.map(partyText).toSorted(),
    );
  }

  #compareSession(number: number): void {
    const id = sessionIdOf(number);
    const expected = this.#model.sessions.get(number);
    const record = readSession(this.#store, id, this.#now);
    this.#same(record?.status ?? 'unknown', this.#model.status(number, this.#now));
    this.#same(
      this.#store
        .relyingParties(id)
        .map((party) => `${id} ${party.subject}`)
        .toSorted(),
      [...this.#model.parties]
        .map(partyText)
        .filter((text) => text.startsWith(id))
        .toSorted(),
    );
    if (expected === undefined) return;
    const { parent } = expected;
    this.#same(record?.parentId, parent === null ? null : sessionIdOf(parent));
    this.#same(record?.expiresAt, this.#model.expiry(number));
    const generation = expected.rotations;
    const query = { familyId: familyIdOf(number), generation, presentedHash: hashOf(generation) };
    const token = readRefreshToken(this.#store, query, this.#now);
    this.#same(token?.active, this.#model.isLive(number, this.#now));
  }

  #open({ life: [idleSeconds, absoluteSeconds] }: StepOf<'open'>): void {
    if (this.#opened >= MAX_SESSIONS) return;
    const number = this.#opened++;
    const ids = { sessionId: sessionIdOf(number), familyId: familyIdOf(number) };
    const limits = { ...LIMITS, refreshSeconds: 60 * DAY, idleSeconds, absoluteSeconds };
    openSession(this.#store, anOpening({ ...ids, limits }), this.#now);
    this.#model.open(number, idleSeconds * 1_000, absoluteSeconds * 1_000, this.#now);
  }

  #issue({ life, ...terms }: StepOf<'issue'>): void {
    if (this.#issued >= MAX_CODES || this.#model.sessions.get(terms.browser)?.isGrant) return;
    const number = this.#issued++;
    const expiresAt = this.#now + life;
    const browserSessionId = sessionIdOf(terms.browser);
    const issue = anIssue(browserSessionId, expiresAt, {
      codeHash: hashOf(number, 1),
      clientId: CLIENTS[terms.client] ?? CLIENT,
      dpopJkt: terms.isKeyBound ? KEY.jkt : null,
      scopes: terms.isOpenId ? ['profile', 'openid'] : ['profile'],
      oauth: theTerms({ browserSessionId, subject: subjectOf(terms.client) }),
      offline: terms.isOffline,
    });
    const issued = issueCode(this.#store, issue, this.#now);
    this.#same(issued.ok, this.#model.issue(number, { ...terms, expiresAt }, this.#now));
  }

  #redeem({ code, isClientRight, atExpiry, ...rest }: StepOf<'redeem'>): void {
    if (this.#opened >= MAX_SESSIONS) return;
    if (atExpiry !== null) this.#advanceTo({ edge: 'code', past: atExpiry, code, session: 0 });
    const number = this.#opened;
    const own = this.#model.codes.get(code)?.client ?? 0;
    const by: Presented = { ...rest, client: isClientRight ? own : 1 - own };
    const request = aRedemption({
      codeHash: hashOf(code, 1),
      clientId: CLIENTS[by.client] ?? CLIENT,
      redirectUri: { right: REDIRECT_URI, none: null, wrong: `${REDIRECT_URI}/` }[by.redirectUri],
      ...(by.isVerifierRight ? {} : { codeChallenge: 'x' }),
      dpopJkt: by.isKeyRight ? KEY.jkt : null,
      confirmation: by.isPublic ? KEY : null,
      sessionId: sessionIdOf(number),
      familyId: familyIdOf(number),
      limits: { ...LIMITS, refreshSeconds: 60 * DAY },
    });
    const { redeemed } = redeemCode(this.#store, request, this.#now);
    const refusal = this.#model.redeem(code, number, by, this.#now);
    this.#same(redeemed.ok ? undefined : redeemed.error.reason, refusal);
    if (refusal === undefined) this.#opened += 1;
  }

  #rotate({ session: number, isKeyRight }: StepOf<'rotate'>): void {
    const found = this.#model.sessions.get(number);
    const generation = found?.rotations ?? 0;
    const request = aRotation(familyIdOf(number), generation, {
      clientId: CLIENTS[found?.client ?? 0] ?? CLIENT,
      confirmation: isKeyRight ? KEY : { jkt: 'another' },
      limits: { refreshSeconds: 60 * DAY, accessSeconds: 900 },
    });
    const rotated = rotate(this.#store, request, this.#now);
    this.#same(
      rotated.ok ? undefined : rotated.error.reason,
      this.#model.rotate(number, isKeyRight, this.#now),
    );
  }

  #end(taken: StepOf<'end' | 'endAll' | 'endClient'>): void {
    if (taken.type === 'end') {
      if (taken.isLate)
        this.#advanceTo({ edge: 'expiry', past: 0, code: 0, session: taken.session });
      const ended = endSession(this.#store, sessionIdOf(taken.session), 'logout', this.#now);
      this.#same(ended, this.#model.end(taken.session, this.#now));
    } else if (taken.type === 'endAll') {
      const ended = endAllSessions(this.#store, sessionIdOf(taken.keep), 'remote', this.#now);
      this.#same(ended, this.#model.endAll(taken.keep, this.#now));
    } else {
      const id = CLIENTS[taken.client] ?? CLIENT;
      const ended = endClientSessions(this.#store, id, 'revoked', this.#now);
      this.#same(ended, this.#model.endClient(taken.client, this.#now));
    }
  }

  #reauthenticate({ session: number }: StepOf<'reauthenticate'>): void {
    const proof = { authTime: this.#now, amr: ['otp'], acr: 'high' };
    const sessionId = sessionIdOf(number);
    const isDone = reauthenticate(this.#store, { sessionId, ...proof }, this.#now);
    this.#same(isDone, this.#model.reauthenticate(number, this.#now));
    if (isDone) this.#expect(this.#store.session(sessionId)?.grant).toMatchObject(proof);
  }

  #advanceTo({ edge, session: number, code, past }: Target): void {
    const expiresAt = this.#model.codes.get(code)?.expiresAt;
    const isKnown = this.#model.sessions.has(number);
    const at = {
      expiry: isKnown ? this.#model.expiry(number) : undefined,
      forget: isKnown ? this.#model.due(number) : undefined,
      code: expiresAt,
      forgetCode: expiresAt && expiresAt + DAY * 1_000,
    }[edge];
    if (at !== undefined) this.#now = Math.max(this.#now, at + past);
  }

  /** At what is there, or at one more that is not: what a step is about is often there. */
  #aimed<Taken extends Step>(step: Taken): Taken {
    const aim = (at: string, count: number) =>
      at in step ? { [at]: ((step as Record<string, unknown>)[at] as number) % (count + 1) } : {};
    return {
      ...step,
      ...aim('session', this.#opened),
      ...aim('keep', this.#opened),
      ...aim('browser', this.#opened),
      ...aim('code', this.#issued),
    };
  }

  #same(actual: unknown, expected: unknown): void {
    this.#expect(actual).toEqual(expected);
  }
}

function partyText(party: string): string {
  const [number, client] = party.split('/').map(Number);
  return `${sessionIdOf(number ?? 0)} ${subjectOf(client ?? 0)}`;
}

/** Grants, codes and logouts agree with the model over a store, for every sequence of steps. */
export function userGrantsContract(
  name: string,
  runs: number,
  withStores: (test: (newStore: () => UserStore) => void) => Promise<void>,
): void {
  it(
    `[U18] [U40-U45] [U50-U53] [U55] [U60-U61] grants agree with the model: ${name}`,
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
