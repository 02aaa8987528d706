import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { HubState } from '../../../client/src/hub/hub-state.ts';
import {
  type Attempt,
  type ConnectionEnd,
  Reconnector,
} from '../../../client/src/hub/reconnector.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const ended = (change: Partial<ConnectionEnd> = {}): ConnectionEnd => ({
  code: 1006,
  wasOpen: false,
  lasted: 0,
  retryAfterMs: 0,
  ...change,
});

/** A line whose connections end as the list says; behind it, none ends. */
function aLine(endings: (ConnectionEnd | 'signed_out')[]) {
  const attempts: Attempt[] = [];
  const states: HubState[] = [];
  const connect = (attempt: Attempt): Promise<ConnectionEnd | 'signed_out'> => {
    attempts.push(attempt);
    const ending = endings.shift();
    return ending === undefined ? new Promise(() => {}) : Promise.resolve(ending);
  };
  const line = new Reconnector({ random: () => 0.5, connect });
  line.changes.add((state) => states.push(state));
  return { line, attempts, states };
}

const waits = (states: readonly HubState[]): number[] =>
  states.flatMap((state) => (state.name === 'reconnecting' ? [state.retryInMs] : []));

describe('a line', () => {
  it('waits longer after every failure, and begins anew after what lasted', async () => {
    const failures = [ended(), ended(), ended({ wasOpen: true, lasted: 4_999 })];
    const { line, states } = aLine([...failures, ended({ wasOpen: true, lasted: 5_000 }), ended()]);
    line.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(waits(states)).toEqual([125, 250, 500, 125, 250]);
  });

  it('tells an attempt what the last one came to', async () => {
    const { line, attempts } = aLine([
      ended(),
      ended({ wasOpen: true, lasted: 1, code: 4401 }),
      ended({ wasOpen: true }),
    ]);
    line.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(attempts.map(({ needsNewToken, hasFailed }) => [needsNewToken, hasFailed])).toEqual([
      [false, false],
      [false, true],
      [true, false],
      [false, false],
    ]);
  });

  it('does not wait for its time when it is hurried, nor after it is closed', async () => {
    const { line, attempts, states } = aLine([ended({ retryAfterMs: 1e9 }), ended()]);
    line.start();
    await vi.advanceTimersByTimeAsync(0);
    line.hurry();
    await vi.advanceTimersByTimeAsync(0);
    expect(attempts).toHaveLength(2);
    line.close('requested');
    line.close('kicked');
    line.hurry();
    await vi.advanceTimersByTimeAsync(1e10);
    expect(attempts).toHaveLength(2);
    expect(states.at(-1)).toEqual({ name: 'closed', reason: 'requested' });
  });

  it('aborts what is under way when it is closed, and makes nothing of how that ends', async () => {
    const { line, attempts, states } = aLine([]);
    line.start();
    line.close('requested');
    expect(attempts[0]?.signal.aborted).toBe(true);
    line.start();
    expect(attempts).toHaveLength(2);
    expect(attempts[1]?.signal.aborted).toBe(false);
    expect(states.map(({ name }) => name)).toEqual(['connecting', 'closed', 'connecting']);
  });

  it('ends where nobody is signed in', async () => {
    const { line, states } = aLine(['signed_out']);
    line.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(states.at(-1)).toEqual({ name: 'closed', reason: 'signed_out' });
  });
});
