import { describe, expect, it } from 'vitest';

import { WaitingTimes } from '../../../../durable-objects/queue/queue.ts';

describe('WaitingTimes', () => {
  it('[Q10] are unknown until three were admitted, and then the median for one position', () => {
    const times = new WaitingTimes();
    times.record(2_000, 1);
    times.record(40_000, 10);
    expect(times.etaSeconds(5)).toBeNull();
    times.record(900_000, 3);
    expect(times.etaSeconds(5)).toBe(20);
    expect(times.etaSeconds(1)).toBe(4);
  });

  it('[Q10] follow the last 31 only', () => {
    const times = new WaitingTimes();
    for (let n = 0; n < 31; n += 1) times.record(60_000, 1);
    expect(times.etaSeconds(2)).toBe(120);
    for (let n = 0; n < 16; n += 1) times.record(1_000, 1);
    expect(times.etaSeconds(2)).toBe(2);
    for (let n = 0; n < 31; n += 1) times.record(0, 1);
    expect(times.etaSeconds(2)).toBe(1);
  });
});
