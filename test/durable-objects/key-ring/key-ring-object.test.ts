import {
  evictDurableObject,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import { type RingSnapshot, TOKEN_RINGS } from '../../../durable-objects/key-ring/key-ring.ts';
import { KeyRingObject } from '../../../durable-objects/key-ring/key-ring-object.ts';
import { unwrapPrivateKey } from '../../../durable-objects/key-ring/signing-key.ts';
import { fromBase64Url } from '../../../shared/bytes.ts';
import { days, seconds } from '../../../shared/clock.ts';
import {
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
} from '../../../shared/contracts/keys/keys-rpc.ts';
import type { Result } from '../../../shared/result.ts';

const START = Date.UTC(2030, 0, 1);
const PERIOD = days(90);
const RETENTION = days(1);

const ring = (alg: SigningAlgorithm = 'ES256') => env.KEY_RINGS.getByName(TOKEN_RINGS[alg]);
const KEK = fromBase64Url(env.KEY_ENCRYPTION_KEY) ?? new Uint8Array();

function valueOf<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(`Cannot use result: ${JSON.stringify(result)}`);
  return result.value;
}
const snapshot = async (alg?: SigningAlgorithm): Promise<RingSnapshot> =>
  valueOf<RingSnapshot>(await ring(alg).snapshot());
const states = async () => (await snapshot()).keys.map(({ kid, state }) => ({ kid, state }));
const kids = async () => (await snapshot()).keys.map(({ kid }) => kid);
const alarmAt = (alg?: SigningAlgorithm) =>
  runInDurableObject(ring(alg), (_, { storage }) => storage.getAlarm());
const rows = () =>
  runInDurableObject(ring(), (_, { storage }) =>
    storage.sql.exec('SELECT * FROM keys ORDER BY version').toArray(),
  );

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
});
afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

describe('KeyRingObject: initialisation', () => {
  it('[KR1-KR2] gives one pair of keys to concurrent first calls', async ({ expect }) => {
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => snapshot()));
    const seen = new Set(answers.map(({ keys }) => keys.map(({ kid }) => kid).join()));
    expect(seen.size).toBe(1);
    expect(await states()).toMatchObject([{ state: 'current' }, { state: 'next' }]);
    expect(await rows()).toHaveLength(2);
  });

  it('[KR2] makes no more than two keys for calls that arrive together', async ({ expect }) => {
    const generate = vi.spyOn(crypto.subtle, 'generateKey');
    await runInDurableObject(ring('RS256'), (object) =>
      Promise.all([object.snapshot(), object.rotate('stale'), object.snapshot()]),
    );
    // Two of the ring's, and one of the command's that came to nothing.
    expect(generate).toHaveBeenCalledTimes(3);
    generate.mockRestore();
  });

  it('[KR2] is tried again after it failed', async ({ expect }) => {
    await runInDurableObject(ring(), async (object) => {
      const generate = vi.spyOn(crypto.subtle, 'generateKey');
      generate.mockRejectedValueOnce(new Error('no entropy'));
      const failed = await Promise.allSettled([object.snapshot(), object.snapshot()]);
      generate.mockRestore();
      expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(await object.peek()).toBeUndefined();
    });
    expect(await states()).toMatchObject([{ state: 'current' }, { state: 'next' }]);
  });

  it.for(['ring:other', 'tokens', 'ring:tokens ', 'ring:tokens:ES256', 'ring:tokens:HS256', ''])(
    '[KR3] stores nothing under the unlisted name "%s"',
    async (name, { expect }) => {
      const stub = env.KEY_RINGS.getByName(name);
      expect(await stub.snapshot()).toEqual({ ok: false, error: { reason: 'ring_unknown' } });
      expect(await stub.rotate()).toEqual({ ok: false, error: { reason: 'ring_unknown' } });
      expect(await stub.peek()).toBeUndefined();
      await runInDurableObject(stub, async (_, { storage }) => {
        const tables = storage.sql.exec('SELECT name FROM sqlite_schema').toArray();
        expect(tables.filter((table) => !String(table['name']).startsWith('_cf'))).toEqual([]);
        expect(await storage.getAlarm()).toBeNull();
      });
    },
  );
});

describe.for(SIGNING_ALGORITHMS)('the ring of %s', (alg) => {
  const others = SIGNING_ALGORITHMS.filter((one) => one !== alg);

  it('[KR16] makes keys of its algorithm: first, by command, and by alarm after an eviction', async ({
    expect,
  }) => {
    await snapshot(alg);
    valueOf(await ring(alg).rotate());
    vi.setSystemTime(START + PERIOD);
    await evictDurableObject(ring(alg));
    await runDurableObjectAlarm(ring(alg));
    const { keys, signing } = await snapshot(alg);
    expect(keys.map(({ state }) => state)).toEqual(['previous', 'current', 'next']);
    expect(new Set(keys.map((key) => key.alg))).toEqual(new Set([alg]));
    expect(keys.map(({ publicJwk }) => publicJwk.alg)).toEqual([alg, alg, alg]);
    expect(signing).toMatchObject({ alg, kid: keys[1]?.kid });
  });

  it('[KR16] rotates by command without touching another ring', async ({ expect }) => {
    const before = await Promise.all(others.map((other) => snapshot(other)));
    valueOf(await ring(alg).rotate());
    expect(await Promise.all(others.map((other) => snapshot(other)))).toEqual(before);
  });

  it('[KR16] does not know the keys of another ring', async ({ expect }) => {
    for (const other of others) {
      const { signing } = await snapshot(other);
      expect(await ring(alg).rotate(signing.kid)).toMatchObject({ error: { reason: 'stale' } });
      const place = { alg, kid: signing.kid };
      await expect(unwrapPrivateKey(KEK, place, signing.wrapped)).rejects.toThrow('Cannot unwrap');
    }
  });

  it('[KR17] is not initialised by a peek', async ({ expect }) => {
    expect(await ring(alg).peek()).toBeUndefined();
    expect(await alarmAt(alg)).toBeNull();
    const used = await snapshot(alg);
    expect(await ring(alg).peek()).toEqual(used);
    await evictDurableObject(ring(alg));
    expect(await ring(alg).peek()).toEqual(used);
  });
});

describe('KeyRingObject: rotation by command', () => {
  it('[KR5] makes the published next key sign', async ({ expect }) => {
    const [first, second] = await kids();
    const rotation = valueOf(await ring().rotate());
    expect(rotation).toMatchObject({ previousKid: first, currentKid: second });
    expect(await states()).toEqual([
      { kid: first, state: 'previous' },
      { kid: second, state: 'current' },
      { kid: rotation.nextKid, state: 'next' },
    ]);
    expect((await snapshot()).signing.kid).toBe(second);
  });

  it('[KR6] lets one of several concurrent fenced commands rotate', async ({ expect }) => {
    const [first = '', second = ''] = await kids();
    const answers = await Promise.all([1, 2, 3].map(() => ring().rotate(first)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(answers.filter(({ ok }) => !ok)).toMatchObject([
      { error: { reason: 'stale', currentKid: second } },
      { error: { reason: 'stale', currentKid: second } },
    ]);
    expect(await kids()).toHaveLength(3);
  });

  it('[KR6] changes nothing for a command that names a key of the past', async ({ expect }) => {
    const [first = ''] = await kids();
    await ring().rotate(first);
    const before = await rows();
    expect(await ring().rotate(first)).toMatchObject({ ok: false, error: { reason: 'stale' } });
    expect(await rows()).toEqual(before);
  });

  it('[KR7] answers a command that names no key, and was overtaken, with the other rotation', async ({
    expect,
  }) => {
    const [first, second] = await kids();
    const answers = await runInDurableObject(ring(), (object) =>
      Promise.all([object.rotate(), object.rotate(), object.rotate()]),
    );
    const nextKid = (await kids()).at(-1);
    for (const answer of answers) {
      expect(valueOf(answer)).toEqual({ previousKid: first, currentKid: second, nextKid });
    }
    expect(await kids()).toHaveLength(3);
  });
});

describe('KeyRingObject: rotation by alarm', () => {
  it('[KR8-KR9] happens after ROTATION_DAYS, and sets the next alarm', async ({ expect }) => {
    const [first, second] = await kids();
    expect(await alarmAt()).toBe(START + PERIOD);

    vi.setSystemTime(START + PERIOD + 5);
    expect(await runDurableObjectAlarm(ring())).toBe(true);
    expect(await states()).toMatchObject([
      { kid: first, state: 'previous' },
      { kid: second, state: 'current' },
      { state: 'next' },
    ]);
    expect(await alarmAt()).toBe(START + PERIOD + 5 + RETENTION);
  });

  it('[KR6] [KR8] does not happen when the alarm fires early, again, or twice at once', async ({
    expect,
  }) => {
    const before = await states();
    await runDurableObjectAlarm(ring());
    expect(await states()).toEqual(before);
    expect(await alarmAt()).toBe(START + PERIOD);

    vi.setSystemTime(START + PERIOD);
    await runInDurableObject(ring(), (object) => Promise.all([object.alarm(), object.alarm()]));
    const after = await states();
    expect(after).toHaveLength(3);
    await runInDurableObject(ring(), (object) => object.alarm());
    expect(await states()).toEqual(after);
  });

  it('[KR6] does not replace a key that a command has just made current', async ({ expect }) => {
    await snapshot();
    vi.setSystemTime(START + PERIOD);
    await runInDurableObject(ring(), (object) => Promise.all([object.alarm(), object.rotate()]));
    expect(await kids()).toHaveLength(3);
  });

  it('[KR9] has its alarm set again by a read, if it was lost or a setting moved it', async ({
    expect,
  }) => {
    await snapshot();
    await runInDurableObject(ring(), (_, { storage }) => storage.deleteAlarm());
    await snapshot();
    expect(await alarmAt()).toBe(START + PERIOD);

    await runInDurableObject(ring(), (_, state) =>
      new KeyRingObject(state, { ...env, ROTATION_DAYS: '30' }).snapshot(),
    );
    expect(await alarmAt()).toBe(START + days(30));
  });
});

describe('KeyRingObject: the retention of previous keys', () => {
  it('[KR10] lasts exactly as long as the settings say, also without an alarm', async ({
    expect,
  }) => {
    const [first] = await kids();
    await ring().rotate();
    vi.setSystemTime(START + RETENTION - 1);
    expect(await kids()).toContain(first);
    vi.setSystemTime(START + RETENTION);
    expect(await kids()).not.toContain(first);
    expect(await rows()).toHaveLength(3);
  });

  it('[KR10] is each previous key’s own', async ({ expect }) => {
    const [first, second] = await kids();
    await ring().rotate();
    vi.setSystemTime(START + 1_000);
    await ring().rotate();
    vi.setSystemTime(START + RETENTION);
    expect(await kids()).not.toContain(first);
    expect(await kids()).toContain(second);
    vi.setSystemTime(START + RETENTION + 1_000);
    expect(await kids()).not.toContain(second);
  });

  it('[KR10] lasts longer than the longest token of a signer that did not know of the rotation yet', async ({
    expect,
  }) => {
    await snapshot();
    const settings = { ...env, PREVIOUS_KEY_SECONDS: '10', LONGEST_TOKEN_SECONDS: '60' };
    await runInDurableObject(ring(), (_, state) => new KeyRingObject(state, settings).rotate());
    expect((await snapshot()).keys[0]?.expiresAt).toBe(START + seconds(90));
  });

  it('[KR11] ends with the deletion of the key by the alarm', async ({ expect }) => {
    const [first] = await kids();
    await ring().rotate();
    expect(await alarmAt()).toBe(START + RETENTION);
    vi.setSystemTime(START + RETENTION);
    await runDurableObjectAlarm(ring());
    expect((await rows()).map((row) => row['kid'])).not.toContain(first);
    expect(await alarmAt()).toBe(START + PERIOD);
  });
});

describe('KeyRingObject: eviction', () => {
  it('[KR1-KR11] changes nothing, whenever it happens', async ({ expect }) => {
    const steps = [
      () => snapshot(),
      () => ring().rotate(),
      () => ring().rotate('stale'),
      () => {
        vi.setSystemTime(START + RETENTION);
        return runDurableObjectAlarm(ring());
      },
      () => {
        vi.setSystemTime(START + PERIOD);
        return runDurableObjectAlarm(ring());
      },
    ];
    for (const step of steps) {
      await step();
      const before = await snapshot();
      const alarm = await alarmAt();
      await evictDurableObject(ring());
      expect(await alarmAt()).toBe(alarm);
      expect(await snapshot()).toEqual(before);
    }
    expect(await kids()).toHaveLength(3);
  });
});

describe('KeyRingObject: eviction before the alarm', () => {
  it('[KR8] does not stop the rotation', async ({ expect }) => {
    const [, second] = await kids();
    vi.setSystemTime(START + PERIOD);
    await evictDurableObject(ring());
    await runDurableObjectAlarm(ring());
    expect((await snapshot()).signing.kid).toBe(second);
  });
});

describe('KeyRingObject: private keys', () => {
  it('[KR12] [KR14] are stored wrapped, and only while they can sign', async ({ expect }) => {
    await snapshot();
    await ring().rotate();
    const stored = await rows();
    expect(stored.map((row) => row['state'])).toEqual(['previous', 'current', 'next']);
    for (const row of stored) {
      expect(Object.keys(JSON.parse(String(row['public_jwk']))).toSorted()).toEqual(
        ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'].toSorted(),
      );
    }
    expect(stored[0]?.['wrapped_key']).toBeNull();
    expect(stored[1]?.['wrapped_key']).toBeInstanceOf(ArrayBuffer);
  });

  it('[KR12] do not open under another key-encryption key', async ({ expect }) => {
    const { signing } = await snapshot();
    const place = { alg: signing.alg, kid: signing.kid };
    await expect(unwrapPrivateKey(KEK, place, signing.wrapped)).resolves.toBeDefined();
    const another = KEK.map((byte) => byte ^ 1);
    await expect(unwrapPrivateKey(another, place, signing.wrapped)).rejects.toThrow(
      `Cannot unwrap key "${signing.kid}": KEY_ENCRYPTION_KEY is not the one that wrapped it`,
    );
  });

  it('[KR12] are usable again two rotations after the key-encryption key was lost', async ({
    expect,
  }) => {
    await snapshot();
    const another = KEK.map((byte) => byte ^ 1);
    const settings = {
      ...env,
      KEY_ENCRYPTION_KEY: another.toBase64({ alphabet: 'base64url', omitPadding: true }),
    };
    const { signing } = await runInDurableObject(ring(), async (_, state) => {
      const restarted = new KeyRingObject(state, settings);
      await restarted.rotate();
      await restarted.rotate();
      return valueOf(await restarted.snapshot());
    });
    const place = { alg: signing.alg, kid: signing.kid };
    await expect(unwrapPrivateKey(another, place, signing.wrapped)).resolves.toBeDefined();
    expect((await snapshot()).keys).toHaveLength(4);
  });

  it('[KR15] are not touched by an object with a bad setting', async ({ expect }) => {
    await runInDurableObject(ring(), (_, state) => {
      const settings = { ...env, KEY_ENCRYPTION_KEY: 'c2hvcnQ' };
      expect(() => new KeyRingObject(state, settings)).toThrow(
        'Cannot read configuration: KEY_ENCRYPTION_KEY: must be 32 bytes in base64url without padding',
      );
    });
  });
});
