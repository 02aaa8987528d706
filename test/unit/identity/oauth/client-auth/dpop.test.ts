import { describe, expect, it } from 'vitest';

import { fromBase64Url, randomBytes } from '../../../../../shared/bytes.ts';
import type { TtlStore } from '../../../../../shared/ttl-store/ttl-store.ts';
import { TtlStoreUnavailable } from '../../../../../shared/ttl-store/ttl-store.ts';
import {
  importDpopNonces,
  useDpopProof,
} from '../../../../../workers/identity/oauth/client-auth/dpop.ts';

const STEP = 300_000;
const START = STEP * 6_000_000;

describe('DPoP nonces (RFC 9449 §8)', () => {
  it('are the same in every isolate during one step of time', async () => {
    const secret = randomBytes(32);
    const first = await (await importDpopNonces(secret))(START);
    const last = await (await importDpopNonces(secret))(START + STEP - 1);
    expect(last).toEqual(first);
    expect(first.validUntil).toBe(START + STEP);
    expect(fromBase64Url(first.current)).toHaveLength(32);
  });

  it('are accepted during one more step of time', async () => {
    const at = await importDpopNonces(randomBytes(32));
    const [before, now, next] = [await at(START - 1), await at(START), await at(START + STEP)];
    expect(now.previous).toBe(before.current);
    expect(next.previous).toBe(now.current);
    expect(new Set([before.current, now.current, next.current]).size).toBe(3);
  });

  it('depend on the secret', async () => {
    const [a, b] = [
      await importDpopNonces(randomBytes(32)),
      await importDpopNonces(randomBytes(32)),
    ];
    expect((await a(START)).current).not.toBe((await b(START)).current);
  });
});

describe('useDpopProof() (RFC 9449 §11.1)', () => {
  const store = (putIfAbsent: TtlStore['putIfAbsent']): TtlStore => ({
    putIfAbsent,
    get: async () => undefined,
    put: async () => undefined,
    take: async () => undefined,
    delete: async () => undefined,
    health: async () => 'UP',
  });

  it('takes a proof once, and stores it for as long as its nonce is accepted', async () => {
    const stored = new Map<string, number>();
    const memory = store(async (key, _value, ttl) => {
      if (stored.has(key)) return false;
      stored.set(key, ttl);
      return true;
    });
    expect(await useDpopProof(memory, 'one')).toBe(true);
    expect(await useDpopProof(memory, 'two')).toBe(true);
    expect(await useDpopProof(memory, 'one')).toBe(false);
    expect([...stored]).toEqual([
      ['dpop:one', 600],
      ['dpop:two', 600],
    ]);
  });

  it('throws for a proof that it cannot store', async () => {
    const down = store(async () => {
      throw new TtlStoreUnavailable();
    });
    await expect(useDpopProof(down, 'one')).rejects.toThrow(TtlStoreUnavailable);
  });
});
