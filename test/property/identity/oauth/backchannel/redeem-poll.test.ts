import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { seconds } from '../../../../../shared/clock.ts';
import type { SessionGrant } from '../../../../../shared/contracts/identity/user-sessions.ts';
import { type AccountId, ClientId, newSessionId } from '../../../../../shared/ids.ts';
import type { TtlStore } from '../../../../../shared/ttl-store/ttl-store.ts';
import {
  type AnswerableRequest,
  allowRequest,
  denyRequest,
} from '../../../../../workers/identity/oauth/backchannel/answer-request.ts';
import { redeemPoll } from '../../../../../workers/identity/oauth/backchannel/redeem-poll.ts';
import {
  type BackchannelRequest,
  BackchannelRequests,
  idOfSecret,
} from '../../../../../workers/identity/oauth/backchannel/request-store.ts';
import { OAuthError } from '../../../../../workers/identity/platform/oauth-error.ts';
import { Parameters } from '../../../../../workers/identity/platform/parameters.ts';
import { fakeServices } from '../../../../support/identity-services.ts';
import { MemoryTtlStore } from '../../../../support/memory-ttl-store.ts';
import { ADA_ID, aClient, BOB_ID } from '../../../../support/oauth-fixture.ts';
import { claimsOf } from '../../../../support/token-fixture.ts';
import { anOpening } from '../../../../support/user-fixture.ts';

const LIFE = seconds(900);
/** Rounded up to whole seconds where what could not be redeemed is put back. */
const MEMORY = seconds(600);
const ROUNDING = seconds(1);
const TOLERANCE = 500;
const SECRET = 'what the client polls with';
const USERS = [ADA_ID, BOB_ID] as const;
type User = 0 | 1;

const CLIENT = aClient({ tokenEndpointAuthMethod: 'none' });
const OTHER = aClient({ clientId: ClientId.restore('client-2') });
const requests = new BackchannelRequests<BackchannelRequest>('test');

/** One request, two users who are signed in, and a client that polls. */
class RequestFixture {
  readonly services: ReturnType<typeof fakeServices>['services'];
  readonly backend: ReturnType<typeof fakeServices>['backend'];
  readonly #sessions: SessionGrant[] = [];
  readonly #request: BackchannelRequest;
  readonly #id: string;

  private constructor(
    fakes: ReturnType<typeof fakeServices>,
    id: string,
    wrap: (store: TtlStore) => TtlStore,
  ) {
    this.backend = fakes.backend;
    const store = new MemoryTtlStore(() => fakes.backend.now);
    this.services = { ...fakes.services, ttlStore: () => wrap(store) };
    this.#id = id;
    this.#request = {
      clientId: CLIENT.clientId,
      scopes: ['openid'],
      resources: [],
      authorizationDetails: [],
      beganAt: fakes.backend.now,
      expiresAt: fakes.backend.now + LIFE,
    };
  }

  static async begin(wrap = (store: TtlStore) => store): Promise<RequestFixture> {
    const fixture = new RequestFixture(fakeServices(), await idOfSecret(SECRET), wrap);
    for (const accountId of USERS) await fixture.#signIn(accountId);
    return fixture;
  }

  async #signIn(accountId: AccountId): Promise<void> {
    const opening = anOpening({ accountId, sessionId: newSessionId() });
    await this.backend.user.openSession(opening);
    this.#sessions.push(opening.grant);
  }

  save(): Promise<void> {
    const { services } = this;
    return requests.save(services.ttlStore(), this.#id, this.#request, services.clock());
  }

  /** The `sub` of the tokens, or the error. */
  async poll(client = CLIENT): Promise<string> {
    const origin = { ipAddress: '', country: null, userAgent: '' };
    const proof = { dpopJkt: null, certificateThumbprint: null };
    const sent = { parameters: Parameters.of({}), client, proof, origin, device: {} };
    try {
      const { id_token: idToken = '' } = await redeemPoll(
        requests,
        SECRET,
        { ...sent, correlationId: '' },
        this.services,
      );
      return String(claimsOf(idToken)['sub']);
    } catch (error) {
      if (error instanceof OAuthError) return error.code;
      throw error;
    }
  }

  async answer(user: User, verdict: 'allowed' | 'denied'): Promise<string> {
    const give = verdict === 'allowed' ? allowRequest : denyRequest;
    const answered = await give(this.#answerable(user), this.services);
    return answered.ok ? 'ok' : answered.error.reason;
  }

  async signOut(user: User): Promise<void> {
    await this.backend.user.endSession(this.#answerable(user).session.sessionId, 'logout');
  }

  #answerable(user: User): AnswerableRequest<BackchannelRequest> {
    const session = this.#sessions[user];
    if (session === undefined) throw new Error('Cannot answer: nobody is signed in');
    return { requests, id: this.#id, request: this.#request, client: CLIENT, session };
  }
}

/** The outcome that the RFCs demand. */
class Model {
  readonly #expiresAt: number;
  readonly #signedOut = new Set<User>();
  #answer: { readonly user: User; readonly verdict: 'allowed' | 'denied' } | undefined;
  #isRedeemed = false;
  #lastPollAt = Number.NEGATIVE_INFINITY;
  #interval = seconds(5);

  constructor(now: number) {
    this.#expiresAt = now + LIFE;
  }

  get expiresAt(): number {
    return this.#expiresAt;
  }

  signOut(user: User): void {
    this.#signedOut.add(user);
  }

  answer(user: User, verdict: 'allowed' | 'denied'): string {
    if (verdict === 'allowed' && this.#signedOut.has(user)) return 'session_ended';
    this.#answer ??= { user, verdict };
    return this.#answer.user === user && this.#answer.verdict === verdict ? 'ok' : 'answered';
  }

  poll(isOwn: boolean, now: number): string {
    if (!isOwn || this.#isRedeemed || now >= this.#expiresAt + MEMORY) return 'invalid_grant';
    if (now >= this.#expiresAt) return 'expired_token';
    if (this.#answer === undefined) return this.#pace(now);
    const { user, verdict } = this.#answer;
    if (verdict === 'denied' || this.#signedOut.has(user)) return 'access_denied';
    this.#isRedeemed = true;
    return USERS[user];
  }

  #pace(now: number): string {
    const isHasty = now < this.#lastPollAt + this.#interval - TOLERANCE;
    this.#lastPollAt = now;
    if (isHasty) this.#interval += seconds(5);
    return isHasty ? 'slow_down' : 'authorization_pending';
  }
}

const user = fc.constantFrom<User>(0, 1);
const verdict = fc.constantFrom('allowed' as const, 'denied' as const);
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('poll'),
      isOwn: fc.constantFrom(true, true, true, false),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('pass'),
      // Around the pace, and around what is slowed down once and twice.
      ms: fc.constantFrom(0, 4_499, 4_500, 5_000, 9_499, 9_500, 14_499, 14_500, 60_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('answer'), user, verdict }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('signOut'), user }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('reach'),
      edge: fc.constantFrom(0, MEMORY, MEMORY + ROUNDING),
      past: fc.constantFrom(-1, 0, 1),
    }),
  },
);
const steps = fc.array(step, { maxLength: 40, size: 'max' });

describe('a backchannel request', () => {
  it('is answered as RFC 8628 §3.5 says, whatever the order of events', async () => {
    const run = async (all: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[]) => {
      const fixture = await RequestFixture.begin();
      await fixture.save();
      const model = new Model(fixture.backend.now);
      for (const one of all) {
        if (one.type === 'pass') fixture.backend.now += one.ms;
        else if (one.type === 'reach') {
          const at = model.expiresAt + one.edge + one.past;
          fixture.backend.now = Math.max(fixture.backend.now, at);
        } else if (one.type === 'signOut') {
          model.signOut(one.user);
          await fixture.signOut(one.user);
        } else if (one.type === 'answer') {
          // No page shows a request that has expired.
          if (fixture.backend.now >= model.expiresAt) continue;
          const expected = model.answer(one.user, one.verdict);
          expect(await fixture.answer(one.user, one.verdict)).toBe(expected);
        } else {
          const lateness = fixture.backend.now - model.expiresAt - MEMORY;
          if (lateness >= 0 && lateness < ROUNDING) continue;
          const expected = model.poll(one.isOwn, fixture.backend.now);
          expect(await fixture.poll(one.isOwn ? CLIENT : OTHER)).toBe(expected);
        }
      }
    };
    await fc.assert(fc.asyncProperty(steps, run), { numRuns: 200 });
  });

  it('has one answer and is redeemed once, however the operations of its store interleave', async () => {
    const answers = fc.array(fc.record({ user, verdict }), { minLength: 1, maxLength: 4 });
    const run = async (
      scheduler: fc.Scheduler,
      given: readonly { readonly user: User; readonly verdict: 'allowed' | 'denied' }[],
      polls: number,
    ) => {
      const fixture = await RequestFixture.begin((store) => interleaved(store, scheduler));
      const saved = fixture.save();
      await scheduler.waitFor(saved);
      const all = Promise.all([
        Promise.all(given.map((one) => fixture.answer(one.user, one.verdict))),
        Promise.all(Array.from({ length: polls }, () => fixture.poll())),
      ]);
      const [answered, pollOutcomes] = await scheduler.waitFor(all);
      const counted = given.filter((_, index) => answered[index] === 'ok');
      expect(new Set(counted.map((one) => `${one.user} ${one.verdict}`)).size).toBe(1);
      const last = await scheduler.waitFor(fixture.poll());
      const redeemed = [...pollOutcomes, last].filter((outcome) => !outcome.includes('_'));
      const [winner] = counted;
      expect(redeemed).toEqual(winner?.verdict === 'allowed' ? [USERS[winner.user]] : []);
    };
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), answers, fc.integer({ min: 1, max: 5 }), run),
      { numRuns: 200 },
    );
  });
});

/** A store whose operations take place when the scheduler says so. */
function interleaved(store: TtlStore, scheduler: fc.Scheduler): TtlStore {
  const later = <Args extends unknown[], T>(operation: (...args: Args) => Promise<T>) =>
    scheduler.scheduleFunction(operation);
  return {
    get: later((key) => store.get(key)),
    put: later((key, value, ttl) => store.put(key, value, ttl)),
    putIfAbsent: later((key, value, ttl) => store.putIfAbsent(key, value, ttl)),
    take: later((key) => store.take(key)),
    delete: later((key) => store.delete(key)),
    health: () => store.health(),
  };
}
