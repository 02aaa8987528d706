import { describe, expect, it } from 'vitest';

import { Problem } from '../../../../shared/http/problem.ts';
import type { PasswordHashing } from '../../../../workers/identity/accounts/argon2.ts';
import { PasswordHasher } from '../../../../workers/identity/accounts/password-hasher.ts';

/** Lets everything run that waits for nothing but promises. */
const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

/** A hasher over a clock that only its own pauses move, and that ends them one by one. */
function aHasher() {
  let now = 0;
  let paused: { duration: number; wake: () => void }[] = [];
  const verified: string[] = [];
  const hashing: PasswordHashing = {
    hash: (password) => `phc:${password}`,
    verify: (phc, password) => {
      verified.push(phc);
      return phc === `phc:${password}` || phc === `old:${password}`;
    },
    isOutdated: (phc) => phc.startsWith('old:'),
    decoy: 'decoy',
  };
  const hasher = new PasswordHasher({
    hashing: () => hashing,
    clock: () => now,
    pause: (duration) =>
      new Promise((wake) => {
        paused.push({ duration, wake });
      }),
  });
  /** Ends every pause, again and again, until nobody pauses. */
  const run = async () => {
    await settle();
    while (paused.length > 0) {
      const [next] = paused.splice(0, 1);
      now += next?.duration ?? 0;
      next?.wake();
      await settle();
    }
  };
  /** Ends the present pauses of those that are being served, or of those that wait. */
  const wake = async (who: 'active' | 'waiting') => {
    const woken = paused.filter(({ duration }) => (duration === 0) === (who === 'active'));
    paused = paused.filter((one) => !woken.includes(one));
    for (const one of woken) one.wake();
    await settle();
  };
  const lose = () => paused.splice(0);
  const advance = (duration: number) => {
    now += duration;
  };
  return { hasher, verified, run, wake, lose, advance };
}

const isOverload = (error: unknown) =>
  error instanceof Problem &&
  error.code === 'SERVICE_UNAVAILABLE' &&
  error.options.retryAfter !== undefined;

describe('PasswordHasher', () => {
  it('hashes two at once, lets 32 requests wait and refuses the others', async () => {
    const { hasher, run } = aHasher();
    const all = Promise.allSettled(Array.from({ length: 50 }, (_, n) => hasher.hash(`${n}`)));
    await run();
    const results = await all;
    const served = results.filter(({ status }) => status === 'fulfilled');
    const refused = results.filter((one) => one.status === 'rejected' && isOverload(one.reason));
    expect([served.length, refused.length]).toEqual([34, 16]);
  });

  it('gives a place back, also when hashing throws', async () => {
    const { hasher, run } = aHasher();
    const first = Promise.all(Array.from({ length: 34 }, (_, n) => hasher.hash(`${n}`)));
    await run();
    await first;
    const second = Promise.all(Array.from({ length: 34 }, (_, n) => hasher.hash(`${n}`)));
    await run();
    expect(await second).toHaveLength(34);
  });

  it('reuses the places of requests that ended without giving them back', async () => {
    const { hasher, run, lose, advance } = aHasher();
    for (let n = 0; n < 34; n += 1) void hasher.hash('lost');
    await settle();
    lose();
    await expect(hasher.hash('refused')).rejects.toSatisfy(isOverload);

    advance(5_001);
    const later = hasher.hash('later');
    await run();
    expect(await later).toBe('phc:later');
  });

  it('refuses a request that has waited for ten seconds', async () => {
    const { hasher, advance, wake } = aHasher();
    const served = [hasher.hash('a'), hasher.hash('b')];
    const outcome = hasher.hash('c').catch((error: unknown) => error);
    await settle();
    for (let round = 0; round < 3; round += 1) {
      advance(4_000);
      await wake('active');
      served.push(hasher.hash('newer'), hasher.hash('newer'));
      await settle();
      await wake('waiting');
    }
    expect(await outcome).toSatisfy(isOverload);
    await wake('active');
    expect(await Promise.all(served)).toHaveLength(8);
  });

  it('does the same work for an unknown account as for a wrong password', async () => {
    const { hasher, verified, run } = aHasher();
    const unknown = hasher.verify(undefined, 'anything');
    await run();
    expect(await unknown).toEqual({ isRight: false, isOutdated: false });
    expect(verified).toEqual(['decoy']);
  });

  it('says that a right password should be hashed again, if its hash is outdated', async () => {
    const { hasher, run } = aHasher();
    const verdicts = Promise.all([
      hasher.verify('old:pass', 'pass'),
      hasher.verify('phc:pass', 'pass'),
      hasher.verify('old:pass', 'wrong'),
    ]);
    await run();
    expect(await verdicts).toEqual([
      { isRight: true, isOutdated: true },
      { isRight: true, isOutdated: false },
      { isRight: false, isOutdated: false },
    ]);
  });
});
