import { describe, expect, it } from 'vitest';

import { networkOf } from '../../../workers/edge/limits/client-address.ts';
import { RateLimits, SlidingWindow } from '../../../workers/edge/limits/rate-limits.ts';

const MINUTE = 60_000;
const START = 30_000_000 * MINUTE;

/** Whether one more request of `key` is admitted; counts it if so. */
function take(window: SlidingWindow, key: string, now: number): boolean {
  const usage = window.usage(key, now);
  if (window.retryAfter(usage, now) > 0) return false;
  usage.current += 1;
  return true;
}

const takeMany = (window: SlidingWindow, times: number, now: number, key = 'k') =>
  Array.from({ length: times }, () => take(window, key, now)).filter(Boolean).length;

describe('SlidingWindow', () => {
  it('admits exactly its limit at once, per key', () => {
    const window = new SlidingWindow(10, MINUTE);
    expect(takeMany(window, 25, START)).toBe(10);
    expect(takeMany(window, 25, START, 'other')).toBe(10);
  });

  it('does not double the limit at the turn of a minute', () => {
    const window = new SlidingWindow(10, MINUTE);
    expect(takeMany(window, 10, START + MINUTE - 1)).toBe(10);
    expect(takeMany(window, 10, START + MINUTE)).toBe(0);
    expect(takeMany(window, 10, START + 1.5 * MINUTE)).toBe(5);
  });

  it('deletes a count after two minutes', () => {
    const window = new SlidingWindow(10, MINUTE);
    takeMany(window, 10, START);
    expect(takeMany(window, 10, START + 2 * MINUTE)).toBe(10);
    expect(window.size).toBe(1);
  });

  it('bounds its memory, and still limits those beyond the bound', () => {
    const window = new SlidingWindow(3, MINUTE, 100);
    for (let n = 0; n < 10_000; n += 1) take(window, `key-${n}`, START);
    expect(window.size).toBeLessThanOrEqual(100 + 1_024);
    expect(takeMany(window, 10, START, 'newcomer')).toBeLessThanOrEqual(3);
    expect(takeMany(window, 10, START, 'key-1')).toBe(2);
  });
});

describe('RateLimits', () => {
  const settings = { global: 20, user: 4, ip: 6, auth: 2, oauth: 6, connect: 25 };

  it('tells after which time a request is admitted again', () => {
    const limits = new RateLimits(settings);
    for (let n = 0; n < 2; n += 1) expect(limits.admitSignIn('a', START)).toBeUndefined();
    const reached = limits.admitSignIn('a', START);
    expect(reached?.limit).toBe(2);
    const wait = (reached?.retryAfter ?? 0) * 1_000;
    expect(limits.admitSignIn('a', START + wait - 1_000)).toBeDefined();
    expect(limits.admitSignIn('a', START + wait)).toBeUndefined();
  });

  it('does not count what it refuses', () => {
    const limits = new RateLimits(settings);
    const admitted = (at: number) => limits.admitUser('u', at) === undefined;
    for (let n = 0; n < 4; n += 1) admitted(START);
    for (let n = 0; n < 1_000; n += 1) admitted(START + n);
    expect(admitted(START + 1.3 * MINUTE)).toBe(true);
  });

  it('does not let one address use up the global limit', () => {
    const limits = new RateLimits(settings);
    for (let n = 0; n < 100; n += 1) limits.admitAddress('greedy', START);
    expect(limits.admitAddress('modest', START)).toBeUndefined();
  });

  it('holds all addresses together to the global limit', () => {
    const limits = new RateLimits(settings);
    const admitted = Array.from({ length: 50 }, (_, n) => limits.admitAddress(`a${n}`, START));
    expect(admitted.filter((one) => one === undefined)).toHaveLength(20);
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:ffff::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:1:2:3::', '2001:db8:1:2::/64'],
    ['fe80::1:2:3:4:5:6', 'fe80:0:1:2::/64'],
  ])('%s → %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
