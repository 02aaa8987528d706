import { describe, expect, it } from 'vitest';

import { ServerClock } from '../../../client/src/auth/server-clock.ts';

const NOON = Date.parse('2026-11-25T12:00:00Z');

describe('ServerClock', () => {
  it('follows the server where the device is wrong by more than a header can tell', () => {
    let local = NOON;
    const clock = new ServerClock(() => local);
    expect(clock.now()).toBe(NOON);
    clock.observe('Wed, 25 Nov 2026 12:00:01 GMT');
    expect(clock.skew).toBe(0);
    clock.observe('Wed, 25 Nov 2026 13:00:00 GMT');
    expect(clock.now()).toBe(NOON + 3_600_000);

    // The user sets the clock: the next answer tells.
    local += 3_600_000;
    clock.observe('Wed, 25 Nov 2026 13:00:00 GMT');
    expect(clock.skew).toBe(0);
  });

  it('draws nothing from what is no time', () => {
    const clock = new ServerClock(() => NOON);
    for (const shown of [null, undefined, '', 'yesterday']) clock.observe(shown);
    expect(clock.skew).toBe(0);
  });

  it('takes up an earlier skew only until it has learnt better', () => {
    const clock = new ServerClock(() => NOON);
    clock.restore(90_000);
    expect(clock.now()).toBe(NOON + 90_000);
    clock.observe('2026-11-25T12:00:00Z');
    expect(clock.skew).toBe(0);
    clock.restore(90_000);
    expect(clock.skew).toBe(0);
  });
});
