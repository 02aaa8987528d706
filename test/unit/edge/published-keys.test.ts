import { describe, expect, it } from 'vitest';

import { SIGNING_ALGORITHMS } from '../../../shared/contracts/keys/keys-rpc.ts';
import { EdgeFixture, outcome } from '../../support/edge-fixture.ts';
import { anAccessToken, aSigner, NOW_SECONDS } from '../../support/jws-forge.ts';

const INVALID = [401, 'AUTH_TOKEN_INVALID'];

/** Tokens that outlive every test of this file. */
const lasting = { exp: NOW_SECONDS + 100_000 };

describe('the published keys', () => {
  it('are fetched once, and again behind the answer after five minutes', async () => {
    const fixture = await EdgeFixture.start();
    const token = await fixture.token(lasting);
    for (let n = 0; n < 10; n += 1) await fixture.forwardAuth(token);
    expect(fixture.jwks.calls).toBe(1);
    fixture.runtime.now += 300_000;
    await fixture.forwardAuth(token);
    await fixture.settle();
    expect(fixture.jwks.calls).toBe(2);
  });

  it('are read once for many first requests', async () => {
    const fixture = await EdgeFixture.start();
    const token = await fixture.token();
    const all = Array.from({ length: 20 }, () => outcome(fixture.forwardAuth(token)));
    expect(new Set((await Promise.all(all)).map(([status]) => status))).toEqual(new Set([200]));
    expect(fixture.jwks.calls).toBe(1);
  });

  it('are read once more for an unknown kid, and not again within a second', async () => {
    const fixture = await EdgeFixture.start();
    await fixture.forwardAuth(await fixture.token());
    const stranger = await anAccessToken(await aSigner('ES256', 'stranger'));
    fixture.runtime.now += 1_000;
    const all = Array.from({ length: 20 }, () => outcome(fixture.forwardAuth(stranger)));
    for (const one of await Promise.all(all)) expect(one).toEqual(INVALID);
    expect(fixture.jwks.calls).toBe(2);
    fixture.runtime.now += 999;
    expect(await outcome(fixture.forwardAuth(stranger))).toEqual(INVALID);
    expect(fixture.jwks.calls).toBe(2);
    fixture.runtime.now += 1;
    expect(await outcome(fixture.forwardAuth(stranger))).toEqual(INVALID);
    expect(fixture.jwks.calls).toBe(3);
  });

  it('admit a token of a new key as soon as it is published', async () => {
    const fixture = await EdgeFixture.start();
    const old = await fixture.token();
    await fixture.forwardAuth(old);
    fixture.runtime.now += 1_000;
    const next = await aSigner('ES256', 'next');
    fixture.jwks.signers.push(next);
    expect(await outcome(fixture.forwardAuth(await anAccessToken(next)))).toEqual([200]);
    expect(await outcome(fixture.forwardAuth(old))).toEqual([200]);
  });

  it.each(SIGNING_ALGORITHMS)('admit a token that %s signed', async (alg) => {
    const fixture = await EdgeFixture.start();
    await fixture.forwardAuth(await fixture.token());
    fixture.runtime.now += 1_000;
    const signer = await aSigner(alg, 'other');
    fixture.jwks.signers.push(signer);
    expect(await outcome(fixture.forwardAuth(await anAccessToken(signer)))).toEqual([200]);
    const one = await EdgeFixture.start({
      SIGNING_ALGORITHMS: alg === 'ES256' ? 'RS256' : 'ES256',
    });
    one.jwks.signers.push(signer);
    expect(await outcome(one.forwardAuth(await anAccessToken(signer)))).toEqual(INVALID);
  });

  it('also apply to cached tokens, which are refused once their key is withdrawn', async () => {
    const fixture = await EdgeFixture.start();
    const token = await fixture.token(lasting);
    expect(await outcome(fixture.forwardAuth(token))).toEqual([200]);
    fixture.jwks.signers = [await aSigner('ES256', 'next')];
    fixture.runtime.now += 300_000;
    await fixture.forwardAuth(token);
    await fixture.settle();
    expect(await outcome(fixture.forwardAuth(token))).toEqual(INVALID);
  });

  it('are compared by the key, not by its kid', async () => {
    const fixture = await EdgeFixture.start();
    const token = await fixture.token(lasting);
    expect(await outcome(fixture.forwardAuth(token))).toEqual([200]);
    fixture.jwks.signers = [await aSigner('ES256', fixture.signer.kid)];
    fixture.runtime.now += 300_000;
    await fixture.forwardAuth(token);
    await fixture.settle();
    expect(await outcome(fixture.forwardAuth(token))).toEqual(INVALID);
  });

  it('are used for an hour while they cannot be fetched, then no more', async () => {
    const fixture = await EdgeFixture.start({ REVOCATION_UNREACHABLE_SECONDS: '86400' });
    const token = await fixture.token(lasting);
    await fixture.forwardAuth(token);
    fixture.jwks.reachable = false;
    fixture.runtime.now += 3_599_999;
    expect(await outcome(fixture.forwardAuth(token))).toEqual([200]);
    await fixture.settle();
    fixture.runtime.now += 1_001;
    expect(await outcome(fixture.forwardAuth(token))).toEqual([503, 'SERVICE_UNAVAILABLE']);
  });

  it('leave a token of a kid that they lack unjudged while they cannot be fetched', async () => {
    const fixture = await EdgeFixture.start();
    const earlier = await fixture.token();
    await fixture.forwardAuth(earlier);
    fixture.jwks.reachable = false;
    fixture.runtime.now += 1_000;
    const next = await aSigner('ES256', 'next');
    const token = await anAccessToken(next);
    for (let n = 0; n < 2; n += 1) {
      expect(await outcome(fixture.forwardAuth(token))).toEqual([503, 'SERVICE_UNAVAILABLE']);
    }
    expect(fixture.jwks.calls).toBe(2);
    expect(await outcome(fixture.forwardAuth(earlier))).toEqual([200]);
    fixture.jwks.reachable = true;
    fixture.jwks.signers.push(next);
    fixture.runtime.now += 1_000;
    expect(await outcome(fixture.forwardAuth(token))).toEqual([200]);
  });

  it('are not replaced by a set that cannot be trusted', async () => {
    const fixture = await EdgeFixture.start();
    const token = await fixture.token(lasting);
    await fixture.forwardAuth(token);
    fixture.jwks.signers = [fixture.signer, fixture.signer];
    fixture.runtime.now += 300_000;
    await fixture.forwardAuth(token);
    await fixture.settle();
    expect(await outcome(fixture.forwardAuth(token))).toEqual([200]);
    expect(fixture.runtime.events).toContainEqual(
      expect.objectContaining({ event: 'edge.keys_unreachable' }),
    );
  });
});

describe('the security log', () => {
  it('contains the fault of a tampered token, but never the token', async () => {
    const fixture = await EdgeFixture.start();
    const stranger = await aSigner('ES256', fixture.signer.kid);
    const token = await anAccessToken(stranger);
    await fixture.forwardAuth(token);
    expect(fixture.runtime.events).toEqual([
      { event: 'token.refused', level: 'security', reason: 'signature_invalid' },
    ]);
    expect(JSON.stringify(fixture.runtime.events)).not.toContain(token.slice(0, 30));
  });
});
