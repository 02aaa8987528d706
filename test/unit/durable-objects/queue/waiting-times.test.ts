import { describe, expect, it } from 'vitest';

import { WaitingTimes } from '../../../../durable-objects/queue/queue.ts';

describe('the pace of the queue', () => {
  it('[Q10] is unknown until three were admitted, then the median for each position', () => {
    const pace = new WaitingTimes();
    pace.record(2_000, 1);
    pace.record(40_000, 10);
    expect(pace.etaSeconds(5)).toBeNull();
    pace.record(900_000, 3);
    expect(pace.etaSeconds(5)).toBe(20);
    expect(pace.etaSeconds(1)).toBe(4);
  });

  it('[Q10] follows the last 31 only', () => {
    const pace = new WaitingTimes();
    for (let n = 0; n < 31; n += 1) pace.record(60_000, 1);
    expect(pace.etaSeconds(2)).toBe(120);
    for (let n = 0; n < 16; n += 1) pace.record(1_000, 1);
    expect(pace.etaSeconds(2)).toBe(2);
    for (let n = 0; n < 31; n += 1) pace.record(0, 1);
    expect(pace.etaSeconds(2)).toBe(1);
  });
});
