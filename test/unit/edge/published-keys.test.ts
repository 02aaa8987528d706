import { describe, expect, it } from 'vitest';

import { SIGNING_ALGORITHMS } from '../../../shared/contracts/keys/keys-rpc.ts';
import { EdgeFixture, outcome } from '../../support/edge-fixture.ts';
import { anAccessToken, aSigner, NOW_SECONDS } from '../../support/jws-forge.ts';

const INVALID = [401, 'AUTH_TOKEN_INVALID'];

/** Tokens that outlive every test of this file. */
const lasting = { exp: NOW_SECONDS + 100_000 };

describe('the published keys', () => {
  it('are read once, and again behind the answer after five minutes', async () => {
    const world = await EdgeFixture.start();
    const token = await world.token(lasting);
    for (let n = 0; n < 10; n += 1) await world.forwardAuth(token);
    expect(world.jwks.calls).toBe(1);
    world.runtime.now += 300_000;
    await world.forwardAuth(token);
    await world.settle();
    expect(world.jwks.calls).toBe(2);
  });

  it('are read once for many first requests', async () => {
    const world = await EdgeFixture.start();
    const token = await world.token();
    const all = Array.from({ length: 20 }, () => outcome(world.forwardAuth(token)));
    expect(new Set((await Promise.all(all)).map(([status]) => status))).toEqual(new Set([200]));
    expect(world.jwks.calls).toBe(1);
  });

  it('are read once more for an unknown kid, and not again within a second', async () => {
    const world = await EdgeFixture.start();
    await world.forwardAuth(await world.token());
    const stranger = await anAccessToken(await aSigner('ES256', 'stranger'));
    world.runtime.now += 1_000;
    const all = Array.from({ length: 20 }, () => outcome(world.forwardAuth(stranger)));
    for (const one of await Promise.all(all)) expect(one).toEqual(INVALID);
    expect(world.jwks.calls).toBe(2);
    world.runtime.now += 999;
    expect(await outcome(world.forwardAuth(stranger))).toEqual(INVALID);
    expect(world.jwks.calls).toBe(2);
    world.runtime.now += 1;
    expect(await outcome(world.forwardAuth(stranger))).toEqual(INVALID);
    expect(world.jwks.calls).toBe(3);
  });

  it('admit a token of a new key as soon as it is published', async () => {
    const world = await EdgeFixture.start();
    const old = await world.token();
    await world.forwardAuth(old);
    world.runtime.now += 1_000;
    const next = await aSigner('ES256', 'next');
    world.jwks.signers.push(next);
    expect(await outcome(world.forwardAuth(await anAccessToken(next)))).toEqual([200]);
    expect(await outcome(world.forwardAuth(old))).toEqual([200]);
  });

  it.each(SIGNING_ALGORITHMS)('admit a token that %s signed', async (alg) => {
    const world = await EdgeFixture.start();
    await world.forwardAuth(await world.token());
    world.runtime.now += 1_000;
    const signer = await aSigner(alg, 'other');
    world.jwks.signers.push(signer);
    expect(await outcome(world.forwardAuth(await anAccessToken(signer)))).toEqual([200]);
    const one = await EdgeFixture.start({
      SIGNING_ALGORITHMS: alg === 'ES256' ? 'RS256' : 'ES256',
    });
    one.jwks.signers.push(signer);
    expect(await outcome(one.forwardAuth(await anAccessToken(signer)))).toEqual(INVALID);
  });

  it('take their remembered tokens with them when they leave', async () => {
    const world = await EdgeFixture.start();
    const token = await world.token(lasting);
    expect(await outcome(world.forwardAuth(token))).toEqual([200]);
    world.jwks.signers = [await aSigner('ES256', 'next')];
    world.runtime.now += 300_000;
    await world.forwardAuth(token);
    await world.settle();
    expect(await outcome(world.forwardAuth(token))).toEqual(INVALID);
  });

  it('do not lend a kid to another key', async () => {
    const world = await EdgeFixture.start();
    const token = await world.token(lasting);
    expect(await outcome(world.forwardAuth(token))).toEqual([200]);
    world.jwks.signers = [await aSigner('ES256', world.signer.kid)];
    world.runtime.now += 300_000;
    await world.forwardAuth(token);
    await world.settle();
    expect(await outcome(world.forwardAuth(token))).toEqual(INVALID);
  });

  it('are used for an hour while nobody publishes them, then no more', async () => {
    const world = await EdgeFixture.start({ REVOCATION_UNREACHABLE_SECONDS: '86400' });
    const token = await world.token(lasting);
    await world.forwardAuth(token);
    world.jwks.reachable = false;
    world.runtime.now += 3_599_999;
    expect(await outcome(world.forwardAuth(token))).toEqual([200]);
    await world.settle();
    world.runtime.now += 1_001;
    expect(await outcome(world.forwardAuth(token))).toEqual([503, 'SERVICE_UNAVAILABLE']);
  });

  it('are not replaced by a set that cannot be trusted', async () => {
    const world = await EdgeFixture.start();
    const token = await world.token(lasting);
    await world.forwardAuth(token);
    world.jwks.signers = [world.signer, world.signer];
    world.runtime.now += 300_000;
    await world.forwardAuth(token);
    await world.settle();
    expect(await outcome(world.forwardAuth(token))).toEqual([200]);
    expect(world.runtime.events).toContainEqual(
      expect.objectContaining({ event: 'edge.keys_unreachable' }),
    );
  });
});

describe('what is logged', () => {
  it('names a tampered token’s fault, and never the token', async () => {
    const world = await EdgeFixture.start();
    const stranger = await aSigner('ES256', world.signer.kid);
    const token = await anAccessToken(stranger);
    await world.forwardAuth(token);
    expect(world.runtime.events).toEqual([
      { event: 'token.refused', level: 'security', reason: 'signature_invalid' },
    ]);
    expect(JSON.stringify(world.runtime.events)).not.toContain(token.slice(0, 30));
  });
});
