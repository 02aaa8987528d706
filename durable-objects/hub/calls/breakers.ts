import type { Clock } from '../../../shared/clock.ts';
import { type Answer, emptyAnswer } from '../../../shared/hub-protocol/answer.ts';
import type { ResponseName } from '../../../shared/hub-protocol/response-codes.ts';
import { admitCall, type Breaker, type CallEnd, CLOSED, settleCall } from './breaker.ts';
import type { Call, Service } from './service-call.ts';

/** Not served, in a way that shows that the service is in trouble. */
const FAILURES: ReadonlySet<ResponseName> = new Set(['Service_Timeout', 'Service_Unavailable']);

/**
 * A breaker for each service. In memory only: a hub that sleeps has no calls that could fail, and
 * each hub finds out for itself what it can reach.
 */
export class Breakers {
  readonly #clock: Clock;
  readonly #breakers = new Map<string, Breaker>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The same service, behind the breaker of its name. */
  guard(name: string, service: Service): Service {
    return async (call) => {
      const admitted = admitCall(this.#of(name), this.#clock());
      if (admitted.pass === undefined) {
        return { ...emptyAnswer('Service_Unavailable'), retryAfterMs: admitted.retryAfter };
      }
      this.#breakers.set(name, admitted.breaker);
      let end: CallEnd = 'failed';
      try {
        const answer = await service(call);
        end = endOf(call, answer);
        return answer;
      } finally {
        const settled = settleCall(this.#of(name), admitted.pass, end, this.#clock());
        this.#breakers.set(name, settled);
      }
    };
  }

  #of(name: string): Breaker {
    return this.#breakers.get(name) ?? CLOSED;
  }
}

function endOf({ signal }: Call, { name }: Answer): CallEnd {
  if (signal?.aborted === true) return 'cancelled';
  return FAILURES.has(name) ? 'failed' : 'served';
}
