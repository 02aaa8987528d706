import { beforeEach, describe, expect, it } from 'vitest';

import { Signer } from '../../../workers/keys/signer.ts';

const MAX_AGE = 30_000;

let now = 0;
let current = 'k1';
let requests = 0;
let unwrapped: string[] = [];
let reachable = true;

const aCryptoKey = await crypto.subtle.importKey(
  'raw',
  new Uint8Array(32),
  { name: 'HMAC', hash: 'SHA-256' },
  false,
  ['sign'],
);

function aSigner(beforeAnswer: (kid: string) => Promise<void> = async () => {}): Signer {
  return new Signer({
    alg: 'ES256',
    clock: () => now,
    maxAge: MAX_AGE,
    snapshot: async () => {
      requests += 1;
      if (!reachable) throw new Error('Cannot reach key ring');
      const kid = current;
      await beforeAnswer(kid);
      return { signing: { kid, alg: 'ES256', wrapped: new Uint8Array() } };
    },
    unwrap: async ({ kid }) => {
      unwrapped.push(kid);
      return aCryptoKey;
    },
  });
}
const kidOf = async (signer: Signer) => (await signer.key()).kid;

beforeEach(() => {
  [now, current, requests, unwrapped, reachable] = [1_000_000, 'k1', 0, [], true];
});

describe('the signing key in memory', () => {
  it('is used without asking the ring until it is 30 s old', async () => {
    const signer = aSigner();
    await signer.key();
    now += MAX_AGE - 1;
    await signer.key();
    expect(requests).toBe(1);
    now += 1;
    await signer.key();
    expect(requests).toBe(2);
  });

  it('is unwrapped once while it stays current', async () => {
    const signer = aSigner();
    for (let read = 0; read < 3; read += 1) {
      await signer.key();
      now += MAX_AGE;
    }
    expect(unwrapped).toEqual(['k1']);
  });

  it('does not sign any more 30 s after the ring replaced it', async () => {
    const signer = aSigner();
    await signer.key();
    current = 'k2';
    now += MAX_AGE - 1;
    expect(await kidOf(signer)).toBe('k1');
    now += 1;
    expect(await kidOf(signer)).toBe('k2');
    expect(unwrapped).toEqual(['k1', 'k2']);
  });

  it('does not sign with an old key when the ring is out of reach', async () => {
    const signer = aSigner();
    await signer.key();
    reachable = false;
    now += MAX_AGE;
    await expect(signer.key()).rejects.toThrow('Cannot reach key ring');
    reachable = true;
    expect(await kidOf(signer)).toBe('k1');
  });

  it('has its age counted from the request to the ring, not from the answer', async () => {
    const signer = aSigner(async () => {
      now += 20_000;
    });
    await signer.key();
    now += 10_000;
    await signer.key();
    expect(requests).toBe(2);
  });

  it('is not replaced by an older answer that arrives later', async () => {
    const slow = Promise.withResolvers<void>();
    const signer = aSigner((kid) => (kid === 'k1' ? slow.promise : Promise.resolve()));
    const first = signer.key();
    current = 'k2';
    now += 1;
    await signer.key();
    slow.resolve();
    expect((await first).kid).toBe('k1');
    expect(await kidOf(signer)).toBe('k2');
  });

  it('is asked for again after it was forgotten', async () => {
    const signer = aSigner();
    await signer.key();
    current = 'k2';
    signer.forget();
    expect(await kidOf(signer)).toBe('k2');
  });
});
