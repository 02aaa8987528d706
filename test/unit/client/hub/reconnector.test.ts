import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { HubState } from '../../../../client/src/hub/hub-state.ts';
import {
  type Attempt,
  type ConnectionEnd,
  Reconnector,
} from '../../../../client/src/hub/reconnector.ts';

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

/** A reconnector whose connections end as in the list; those after the list do not end. */
function aReconnector(ends: (ConnectionEnd | 'signed_out')[]) {
  const attempts: Attempt[] = [];
  const states: HubState[] = [];
  const connect = (attempt: Attempt): Promise<ConnectionEnd | 'signed_out'> => {
    attempts.push(attempt);
    const end = ends.shift();
    return end === undefined ? new Promise(() => {}) : Promise.resolve(end);
  };
  const reconnector = new Reconnector({ random: () => 0.5, connect });
  reconnector.changes.add((state) => states.push(state));
  return { reconnector, attempts, states };
}

const waits = (states: readonly HubState[]): number[] =>
  states.flatMap((state) => (state.name === 'reconnecting' ? [state.retryInMs] : []));

describe('Reconnector', () => {
  it('waits longer after every failure, and counts from the start after a connection that lasted 5 s', async () => {
    const failures = [ended(), ended(), ended({ wasOpen: true, lasted: 4_999 })];
    const { reconnector, states } = aReconnector([
      ...failures,
      ended({ wasOpen: true, lasted: 5_000 }),
      ended(),
    ]);
    reconnector.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(waits(states)).toEqual([125, 250, 500, 125, 250]);
  });

  it('tells an attempt whether the last one failed or needs a new token', async () => {
    const { reconnector, attempts } = aReconnector([
      ended(),
      ended({ wasOpen: true, lasted: 1, code: 4401 }),
      ended({ wasOpen: true }),
    ]);
    reconnector.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(attempts.map(({ needsNewToken, hasFailed }) => [needsNewToken, hasFailed])).toEqual([
      [false, false],
      [false, true],
      [true, false],
      [false, false],
    ]);
  });

  it('makes the next attempt at once after retryNow, and none after close', async () => {
    const { reconnector, attempts, states } = aReconnector([ended({ retryAfterMs: 1e9 }), ended()]);
    reconnector.start();
    await vi.advanceTimersByTimeAsync(0);
    reconnector.retryNow();
    await vi.advanceTimersByTimeAsync(0);
    expect(attempts).toHaveLength(2);
    reconnector.close('requested');
    reconnector.close('kicked');
    reconnector.retryNow();
    await vi.advanceTimersByTimeAsync(1e10);
    expect(attempts).toHaveLength(2);
    expect(states.at(-1)).toEqual({ name: 'closed', reason: 'requested' });
  });

  it('aborts the attempt under way when it is closed, and ignores how it ends', async () => {
    const { reconnector, attempts, states } = aReconnector([]);
    reconnector.start();
    reconnector.close('requested');
    expect(attempts[0]?.signal.aborted).toBe(true);
    reconnector.start();
    expect(attempts).toHaveLength(2);
    expect(attempts[1]?.signal.aborted).toBe(false);
    expect(states.map(({ name }) => name)).toEqual(['connecting', 'closed', 'connecting']);
  });

  it('closes where nobody is signed in', async () => {
    const { reconnector, states } = aReconnector(['signed_out']);
    reconnector.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(states.at(-1)).toEqual({ name: 'closed', reason: 'signed_out' });
  });
});
