import { describe, expect, it } from 'vitest';
import {
  admit,
  isUndecided,
  type Source,
  succeed,
} from '../../../../durable-objects/sign-in-guard/sign-in-guard.ts';
import {
  importKeyedHash,
  ObjectSignInGuards,
} from '../../../../workers/identity/accounts/sign-in-guard.ts';
import { MemorySignInGuardStore } from '../../../support/memory-sign-in-guard-store.ts';

/** The guards of `identity` over the real rules, with what the objects were told. */
function aGuard() {
  const keyedHash = importKeyedHash(new Uint8Array(32));
  const stores = new Map<string, MemorySignInGuardStore>();
  const sources: Source[] = [];
  const guards = new ObjectSignInGuards(
    () => keyedHash,
    (name) => {
      const store = stores.get(name) ?? new MemorySignInGuardStore();
      stores.set(name, store);
      return {
        admit: async (source) => {
          sources.push(source);
          expect(isUndecided(store, source, () => false, 0)).toBe(false);
          return admit(store, source, 0);
        },
        succeed: async (source) => succeed(store, source, 0),
        fail: async () => {},
        withdraw: async ({ attempt }) => store.removeAttempt(attempt),
      };
    },
  );
  const attempt = (ipAddress: string, device = {}, identifier = 'ann@example.com') =>
    guards.admit({ identifier, ipAddress, device });
  return { attempt, stores, sources };
}

const times = async (count: number, work: () => Promise<unknown>) => {
  for (let n = 0; n < count; n += 1) await work();
};

describe('the sign-in guard of an identifier', () => {
  it.each([
    ['addresses of one /24', '203.0.113.7', '203.0.113.200'],
    ['addresses of one /48', '2001:db8:1:2::3', '2001:db8:1:ffff::9'],
    ['an address and its mapped spelling', '203.0.113.7', '::ffff:203.0.113.7'],
  ])('has one lock for %s', async (_, first, second) => {
    const { attempt } = aGuard();
    await times(5, () => attempt(first));
    expect(await attempt(second)).toMatchObject({ error: { reason: 'locked' } });
  });

  it.each([
    ['addresses of two /24', '203.0.113.7', '203.0.114.7'],
    ['addresses of two /48', '2001:db8:1::3', '2001:db8:2::3'],
  ])('has two locks for %s', async (_, first, second) => {
    const { attempt } = aGuard();
    await times(5, () => attempt(first));
    expect((await attempt(second)).ok).toBe(true);
  });

  it('locks one identifier and not another', async () => {
    const { attempt, stores } = aGuard();
    await times(5, () => attempt('203.0.113.7'));
    expect((await attempt('203.0.113.7', {}, 'bob@example.com')).ok).toBe(true);
    expect(stores.size).toBe(2);
  });

  it.each([
    ['fingerprint', { fingerprint: 'f' }, { fingerprint: 'f', installationId: 'other' }],
    ['installation', { installationId: 'i' }, { installationId: 'i' }],
  ])('lets a device pass the slow-down that is known by its %s', async (_, device, again) => {
    const { attempt } = aGuard();
    const signedIn = await attempt('198.51.100.1', device);
    if (signedIn.ok) await signedIn.value.succeed();
    for (let n = 0; n < 10; n += 1) await attempt(`203.0.${n}.7`);
    expect(await attempt('192.0.2.1')).toMatchObject({ error: { reason: 'slowed' } });
    expect((await attempt('192.0.2.1', again)).ok).toBe(true);
  });

  it('is told hashes, and nothing that names a person', async () => {
    const { attempt, stores, sources } = aGuard();
    await attempt('203.0.113.7', { installationId: 'phone' });
    const stored = JSON.stringify([...stores.keys(), ...sources]);
    expect(stored).not.toMatch(/ann|203\.0\.113|phone/);
    expect(stored.match(/[\w-]{43}/g)).toHaveLength(3);
  });
});
