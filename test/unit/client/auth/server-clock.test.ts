import { describe, expect, it } from 'vitest';

import { ServerClock } from '../../../../client/src/auth/server-clock.ts';

const NOON = Date.parse('2026-11-25T12:00:00Z');

describe('ServerClock', () => {
  it('follows the server where the device is wrong by more than the precision of a Date header', () => {
    let local = NOON;
    const clock = new ServerClock(() => local);
    expect(clock.now()).toBe(NOON);
    clock.observe('Wed, 25 Nov 2026 12:00:01 GMT');
    expect(clock.skew).toBe(0);
    clock.observe('Wed, 25 Nov 2026 13:00:00 GMT');
    expect(clock.now()).toBe(NOON + 3_600_000);

    // The user sets the clock, and the next answer corrects the skew.
    local += 3_600_000;
    clock.observe('Wed, 25 Nov 2026 13:00:00 GMT');
    expect(clock.skew).toBe(0);
  });

  it('ignores text that is not a time', () => {
    const clock = new ServerClock(() => NOON);
    for (const text of [null, undefined, '', 'yesterday']) clock.observe(text);
    expect(clock.skew).toBe(0);
  });

  it('uses the skew of an earlier run only until it has observed the server', () => {
    const clock = new ServerClock(() => NOON);
    clock.restore(90_000);
    expect(clock.now()).toBe(NOON + 90_000);
    clock.observe('2026-11-25T12:00:00Z');
    expect(clock.skew).toBe(0);
    clock.restore(90_000);
    expect(clock.skew).toBe(0);
  });
});
