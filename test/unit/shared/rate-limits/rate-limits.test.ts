import { describe, expect, it } from 'vitest';

import { Problem } from '../../../../shared/http/problem.ts';
import { limitFailures } from '../../../../shared/rate-limits/limit-failures.ts';
import { networkOf } from '../../../../shared/rate-limits/network-of.ts';
import { RateLimit, takeBack } from '../../../../shared/rate-limits/rate-limit.ts';
import { SlidingWindow } from '../../../../shared/rate-limits/sliding-window.ts';
import { type AddressLimit, RateLimits } from '../../../../workers/edge/limits/rate-limits.ts';

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

  it('forgets after two minutes', () => {
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

describe('RateLimit', () => {
  const limit = (most: number) => new RateLimit({ name: 'few', limit: most, detail: 'Too many' });
  const refusalOf = (action: () => unknown): Problem | undefined => {
    try {
      action();
      return undefined;
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
  };

  it('tells after which time one more is admitted', () => {
    const few = limit(2);
    for (let n = 0; n < 2; n += 1) few.take('a', START);
    const refusal = refusalOf(() => few.take('a', START));
    const seconds = refusal?.options.retryAfter ?? 0;
    expect(refusal?.code).toBe('RATE_LIMITED');
    expect(refusal?.options).toMatchObject({
      detail: 'Too many',
      headers: { 'ratelimit-policy': '"few";q=2;w=60', ratelimit: `"few";r=0;t=${seconds}` },
    });
    expect(refusalOf(() => few.take('a', START + (seconds - 1) * 1_000))).toBeDefined();
    expect(refusalOf(() => few.take('a', START + seconds * 1_000))).toBeUndefined();
  });

  it('does not count what it refuses', () => {
    const few = limit(4);
    for (let n = 0; n < 1_000; n += 1) refusalOf(() => few.take('u', START + n));
    expect(few.tryTake('u', START + 1.3 * MINUTE)).toBe(true);
  });

  it('does not count what is taken back', () => {
    const few = limit(1);
    for (let n = 0; n < 10; n += 1) takeBack(few.take('u', START));
    expect(few.tryTake('u', START)).toBe(true);
    expect(few.tryTake('u', START)).toBe(false);
  });
});

describe('limitFailures()', () => {
  const failures = (limit = new RateLimit({ name: 'f', limit: 3, detail: 'Too many' })) => ({
    limit,
    key: 'k',
    clock: () => START,
    isFailure: (error: unknown) => error instanceof RangeError,
  });
  const fails = (failure: Error): Promise<never> => Promise.reject(failure);

  it('counts neither successes nor other errors', async () => {
    const count = failures();
    for (let n = 0; n < 10; n += 1) {
      expect(await limitFailures(count, async () => n)).toBe(n);
      const other = limitFailures(count, () => fails(new TypeError('other')));
      await expect(other).rejects.toThrow('other');
    }
  });

  it('refuses what is wrong once there was too much of it, and never what is right', async () => {
    const count = failures();
    const wrong = (key = 'k') =>
      limitFailures({ ...count, key }, () => fails(new RangeError('no')));
    for (let n = 0; n < 3; n += 1) await expect(wrong()).rejects.toThrow('no');
    await expect(wrong()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await expect(wrong('another')).rejects.toThrow('no');
    expect(await limitFailures(count, async () => 'right')).toBe('right');
  });
});

describe('the limits of the edge', () => {
  const settings = {
    global: 20,
    ip: 6,
    oauth: 6,
    pages: 6,
    documents: 6,
    connect: 25,
    user: 4,
    client: 4,
    token: 4,
  };
  const admits = (limits: RateLimits, name: AddressLimit, address: string): boolean => {
    try {
      limits.admitAddress(name, address, START);
      return true;
    } catch {
      return false;
    }
  };
  const count = (times: number, admit: (n: number) => boolean): number =>
    Array.from({ length: times }, (_, n) => admit(n)).filter(Boolean).length;

  it('let no address use up the total', () => {
    const limits = new RateLimits(settings);
    count(100, () => admits(limits, 'ip', 'greedy'));
    expect(admits(limits, 'ip', 'modest')).toBe(true);
  });

  it('hold all addresses to the total, if there is one', () => {
    const all = (global: number) => {
      const limits = new RateLimits({ ...settings, global });
      return count(50, (n) => admits(limits, 'oauth', `address ${n}`));
    };
    expect([all(20), all(0)]).toEqual([20, 50]);
  });

  it.each(['documents', 'connect'] as const)('count %s in no total', (name) => {
    const limits = new RateLimits(settings);
    expect(count(50, (n) => admits(limits, name, `address ${n}`))).toBe(50);
    expect(admits(limits, 'pages', 'somebody')).toBe(true);
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:C000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:c000:0201', '192.0.2.1'],
    ['::192.0.2.1', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
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
