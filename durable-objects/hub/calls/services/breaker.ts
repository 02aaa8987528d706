/**
 * Circuit breakers: a service that failed several times in a row is not called for a while, so that its
 * clients are answered at once and it can recover. Rule [H32].
 *
 * @module
 */

import { type Clock, type Millis, seconds } from '../../../../shared/clock.ts';
import { type Answer, emptyAnswer } from '../../../../shared/hub-protocol/answer.ts';
import type { ResponseName } from '../../../../shared/hub-protocol/response-codes.ts';
import type { Call, Service } from './service.ts';

export type Breaker =
  /** `failures` in a row. */
  | { readonly state: 'closed'; readonly failures: number }
  /** No call is made before `until`. Then one call probes the service. */
  | { readonly state: 'open'; readonly until: Millis }
  | { readonly state: 'probing' };

/** Given to an admitted call, which returns it when it ends. */
export type Pass = { readonly isProbe: boolean };

export type Admittance =
  | { readonly pass: Pass; readonly breaker: Breaker }
  /** Calls are refused for `retryAfter`. */
  | { readonly pass: undefined; readonly retryAfter: Millis };

/** How a call ended. A cancelled call tells nothing about its service. */
export type CallEnd = 'served' | 'failed' | 'cancelled';

export const FAILURE_LIMIT = 5;
const OPEN_FOR = seconds(10);

export const CLOSED: Breaker = { state: 'closed', failures: 0 };

/** Whether a call may be made. */
export function admitCall(breaker: Breaker, now: Millis): Admittance {
  if (breaker.state === 'closed') return { pass: { isProbe: false }, breaker };
  if (breaker.state === 'probing') return { pass: undefined, retryAfter: OPEN_FOR };
  return now < breaker.until
    ? { pass: undefined, retryAfter: breaker.until - now }
    : { pass: { isProbe: true }, breaker: { state: 'probing' } };
}

/** The breaker after a call has ended. Once it has opened, only its probe counts. */
export function settleCall(
  breaker: Breaker,
  { isProbe }: Pass,
  end: CallEnd,
  now: Millis,
): Breaker {
  if (isProbe) return settleProbe(end, now);
  if (breaker.state !== 'closed' || end === 'cancelled') return breaker;
  if (end === 'served') return CLOSED;
  const failures = breaker.failures + 1;
  return failures < FAILURE_LIMIT ? { state: 'closed', failures } : opened(now);
}

function settleProbe(end: CallEnd, now: Millis): Breaker {
  if (end === 'served') return CLOSED;
  // A cancelled probe tells nothing, so the next call is the probe.
  return end === 'failed' ? opened(now) : { state: 'open', until: now };
}

const opened = (now: Millis): Breaker => ({ state: 'open', until: now + OPEN_FOR });

/** The responses that count as failures of the service. */
const FAILURES: ReadonlySet<ResponseName> = new Set(['Service_Timeout', 'Service_Unavailable']);

/** More than there can be services at a time. */
const MOST_BREAKERS = 1_000;

/**
 * A breaker for each service. In memory only: a hub that hibernates has no calls that could fail, and
 * each hub has its own way to a service.
 */
export class Breakers {
  readonly #clock: Clock;
  readonly #breakers = new Map<string, Breaker>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Puts a service behind the breaker of its name. */
  guard(name: string, service: Service): Service {
    return async (call) => {
      const admitted = admitCall(this.#of(name), this.#clock());
      if (admitted.pass === undefined) {
        return { ...emptyAnswer('Service_Unavailable'), retryAfterMs: admitted.retryAfter };
      }
      this.#set(name, admitted.breaker);
      let end: CallEnd = 'failed';
      try {
        const answer = await service(call);
        end = endOf(call, answer);
        return answer;
      } finally {
        const settled = settleCall(this.#of(name), admitted.pass, end, this.#clock());
        this.#set(name, settled);
      }
    };
  }

  #of(name: string): Breaker {
    return this.#breakers.get(name) ?? CLOSED;
  }

  /** Services come and go under new names, so only those are stored that failed last, and not too many. */
  #set(name: string, breaker: Breaker): void {
    this.#breakers.delete(name);
    if (breaker.state === 'closed' && breaker.failures === 0) return;
    this.#breakers.set(name, breaker);
    const [oldest] = this.#breakers.keys();
    if (this.#breakers.size > MOST_BREAKERS && oldest !== undefined) this.#breakers.delete(oldest);
  }

  /** Of how many services it is stored that they failed. */
  get size(): number {
    return this.#breakers.size;
  }
}

function endOf({ signal }: Call, { name }: Answer): CallEnd {
  if (signal?.aborted === true) return 'cancelled';
  return FAILURES.has(name) ? 'failed' : 'served';
}
