import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  admitCall,
  type Breaker,
  type CallEnd,
  CLOSED,
  FAILURE_LIMIT,
  type Pass,
  settleCall,
} from '../../../../../../durable-objects/hub/calls/services/breaker.ts';

/** Calls begin and end and time passes, in any order. */
type Step =
  | { readonly kind: 'begin' }
  | { readonly kind: 'wait'; readonly by: number }
  | { readonly kind: 'end'; readonly which: number; readonly end: CallEnd };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'begin' } as const) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), by: fc.nat(12_000) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      which: fc.nat(20),
      end: fc.constantFrom<CallEnd>('failed', 'failed', 'served', 'cancelled'),
    }),
  },
);

/** The rules without states, from all calls so far. */
class Model {
  #failuresInRow = 0;
  #openedAt: number | undefined;
  #probe: Pass | undefined;

  /** Whether a call has to be admitted at `now`. */
  expects(now: number): boolean {
    if (this.#openedAt === undefined) return true;
    return this.#probe === undefined && now >= this.#openedAt + 10_000;
  }

  begun(pass: Pass): void {
    if (this.#openedAt !== undefined) this.#probe = pass;
  }

  ended(pass: Pass, end: CallEnd, now: number): void {
    if (pass === this.#probe) {
      this.#probe = undefined;
      if (end === 'served') this.#openedAt = undefined;
      if (end === 'failed') this.#openedAt = now;
      this.#failuresInRow = 0;
    } else if (this.#openedAt === undefined && end !== 'cancelled') {
      this.#failuresInRow = end === 'failed' ? this.#failuresInRow + 1 : 0;
      if (this.#failuresInRow === FAILURE_LIMIT) this.#openedAt = now;
    }
  }
}

describe('a breaker', () => {
  it('[H32] admits the calls that the model admits, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const model = new Model();
        const running: Pass[] = [];
        let [breaker, now]: [Breaker, number] = [CLOSED, 0];
        for (const each of steps) {
          if (each.kind === 'wait') now += each.by;
          else if (each.kind === 'begin') {
            const admitted = admitCall(breaker, now);
            expect(admitted.pass !== undefined).toBe(model.expects(now));
            if (admitted.pass === undefined) {
              expect(admitted.retryAfter).toBeGreaterThan(0);
              continue;
            }
            breaker = admitted.breaker;
            running.push(admitted.pass);
            model.begun(admitted.pass);
          } else {
            const [pass] = running.splice(each.which % Math.max(1, running.length), 1);
            if (pass === undefined) continue;
            breaker = settleCall(breaker, pass, each.end, now);
            model.ended(pass, each.end, now);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('[H32] opens at the fifth failure in a row, and admits one probe after 10 s', () => {
    let breaker = CLOSED;
    for (let n = 0; n < FAILURE_LIMIT; n += 1) {
      expect(breaker.state).toBe('closed');
      breaker = settleCall(breaker, { isProbe: false }, 'failed', 1_000);
    }
    expect(admitCall(breaker, 10_999)).toEqual({ pass: undefined, retryAfter: 1 });
    const probe = admitCall(breaker, 11_000);
    expect(probe).toEqual({ pass: { isProbe: true }, breaker: { state: 'probing' } });
    expect(admitCall({ state: 'probing' }, 11_000).pass).toBeUndefined();
    expect(settleCall({ state: 'probing' }, { isProbe: true }, 'served', 11_000)).toEqual(CLOSED);
  });
});
