import { describe, expect, it } from 'vitest';

import { RevocationSet } from '../../../shared/revocation/revocation-set.ts';
import { EdgeFixture, outcome } from '../../support/edge-fixture.ts';
import { goodClaims, NOW, NOW_SECONDS } from '../../support/jws-forge.ts';

const REVOKED = [401, 'AUTH_TOKEN_REVOKED'];
const UNAVAILABLE = [503, 'SERVICE_UNAVAILABLE'];

async function aFixtureThatHasTheToken() {
  const fixture = await EdgeFixture.start();
  const token = await fixture.token();
  expect(await outcome(fixture.forwardAuth(token))).toEqual([200]);
  expect(fixture.revocationLog.calls).toBe(1);
  const ask = async (after: number) => {
    fixture.runtime.now += after;
    return outcome(fixture.forwardAuth(token));
  };
  return { fixture, token, ask };
}

describe('the revocation snapshot', () => {
  it('is not read again within two seconds', async () => {
    const { fixture, ask } = await aFixtureThatHasTheToken();
    for (let n = 0; n < 100; n += 1) await ask(19);
    expect(fixture.revocationLog.calls).toBe(1);
    expect(fixture.background).toEqual([]);
  });

  it('is read behind the answer from two seconds on', async () => {
    const { fixture, ask } = await aFixtureThatHasTheToken();
    fixture.revocationLog.revoke({ id: goodClaims.sid });
    expect(await ask(2_000)).toEqual([200]);
    expect(fixture.background).toHaveLength(1);
    await fixture.settle();
    expect(await ask(0)).toEqual(REVOKED);
  });

  it('is read before the answer from five seconds on', async () => {
    const { fixture, ask } = await aFixtureThatHasTheToken();
    fixture.revocationLog.revoke({ id: goodClaims.sid });
    expect(await ask(5_000)).toEqual(REVOKED);
    expect(fixture.revocationLog.calls).toBe(2);
  });

  it('is read once for many requests that come at once', async () => {
    const { fixture, token } = await aFixtureThatHasTheToken();
    fixture.runtime.now += 10_000;
    const all = Array.from({ length: 20 }, () => outcome(fixture.forwardAuth(token)));
    expect(new Set((await Promise.all(all)).map(([status]) => status))).toEqual(new Set([200]));
    expect(fixture.revocationLog.calls).toBe(2);
  });

  it('refuses a token without a session only if that token was revoked', async () => {
    const fixture = await EdgeFixture.start();
    const token = await fixture.token({ sid: undefined, sub: 'client-1', client_id: 'client-1' });
    fixture.revocationLog.revoke({ id: 'null' });
    fixture.revocationLog.revoke({ id: 'undefined' });
    expect(await outcome(fixture.forwardAuth(token))).toEqual([200]);
    fixture.revocationLog.revoke({ kind: 'token', id: goodClaims.jti });
    fixture.runtime.now += 5_000;
    expect(await outcome(fixture.forwardAuth(token))).toEqual(REVOKED);
  });

  it('distinguishes revoked tokens from revoked sessions', async () => {
    const { fixture, ask } = await aFixtureThatHasTheToken();
    fixture.revocationLog.revoke({ kind: 'token', id: goodClaims.sid });
    fixture.revocationLog.revoke({ kind: 'session', id: goodClaims.jti });
    expect(await ask(5_000)).toEqual([200]);
    fixture.revocationLog.revoke({ kind: 'token', id: goodClaims.jti });
    expect(await ask(5_000)).toEqual(REVOKED);
  });

  it('is used for a minute while the log cannot be reached, then no more', async () => {
    const { fixture, ask } = await aFixtureThatHasTheToken();
    fixture.revocationLog.reachable = false;
    expect(await ask(5_000)).toEqual([200]);
    expect(await ask(54_999)).toEqual([200]);
    expect(await ask(1)).toEqual(UNAVAILABLE);
    fixture.revocationLog.reachable = true;
    expect(await ask(1_000)).toEqual([200]);
  });

  it('is asked for once a second at most while the log cannot be reached', async () => {
    const { fixture, ask } = await aFixtureThatHasTheToken();
    fixture.revocationLog.reachable = false;
    for (let n = 0; n < 50; n += 1) await ask(n === 0 ? 10_000 : 10);
    expect(fixture.revocationLog.calls).toBe(2);
    await ask(1_000);
    expect(fixture.revocationLog.calls).toBe(3);
  });

  it('leads to 503 with Retry-After if it was never read', async () => {
    const fixture = await EdgeFixture.start();
    fixture.revocationLog.reachable = false;
    const response = await fixture.forwardAuth(await fixture.token());
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await outcome(response)).toEqual(UNAVAILABLE);
  });

  it('refuses what it has as revoked, however old it is', async () => {
    const { fixture, ask } = await aFixtureThatHasTheToken();
    fixture.revocationLog.revoke({ id: goodClaims.sid });
    expect(await ask(5_000)).toEqual(REVOKED);
    fixture.revocationLog.reachable = false;
    expect(await ask(120_000)).toEqual(REVOKED);
  });

  it('is read page by page to its end', async () => {
    const { fixture, ask } = await aFixtureThatHasTheToken();
    fixture.revocationLog.pageSize = 2;
    for (let n = 0; n < 6; n += 1) fixture.revocationLog.revoke({ id: `other-${n}` });
    fixture.revocationLog.revoke({ id: goodClaims.sid });
    expect(await ask(5_000)).toEqual(REVOKED);
  });

  it('is read on from where the last reading stopped', async () => {
    const { fixture, ask } = await aFixtureThatHasTheToken();
    fixture.revocationLog.pageSize = 2;
    for (let n = 0; n < 3; n += 1) fixture.revocationLog.revoke({ id: `other-${n}` });
    await ask(5_000);
    await ask(5_000);
    expect(fixture.revocationLog.positions).toEqual([0, 0, 2, 3]);
  });

  it('is read from the start where the log is a new one, even a longer one', async () => {
    for (const length of [1, 2, 3]) {
      const { fixture, ask } = await aFixtureThatHasTheToken();
      fixture.revocationLog.revoke({ id: 'a' });
      fixture.revocationLog.revoke({ id: 'b' });
      expect(await ask(5_000)).toEqual([200]);
      fixture.revocationLog.replace('second');
      fixture.revocationLog.revoke({ id: goodClaims.sid });
      for (let n = 1; n < length; n += 1) fixture.revocationLog.revoke({ id: `c-${n}` });
      expect(await ask(5_000)).toEqual(REVOKED);
    }
  });

  it('keeps the revocations of a log that was lost', async () => {
    const { fixture, ask } = await aFixtureThatHasTheToken();
    fixture.revocationLog.revoke({ id: goodClaims.sid });
    expect(await ask(5_000)).toEqual(REVOKED);
    fixture.revocationLog.replace('second');
    expect(await ask(5_000)).toEqual(REVOKED);
  });

  it('is read again from where a reading broke off', async () => {
    const { fixture, ask } = await aFixtureThatHasTheToken();
    const { revocationLog: log } = fixture;
    log.pageSize = 1;
    log.revoke({ id: 'a' });
    log.revoke({ id: goodClaims.sid });
    const read = log.revocations.bind(log);
    log.revocations = (after) => (after === 1 ? Promise.reject(new Error('cut')) : read(after));
    expect(await ask(5_000)).toEqual([200]);
    log.revocations = read;
    expect(await ask(1_000)).toEqual(REVOKED);
  });

  it('is unusable if the log says "more" without new positions', async () => {
    const { fixture, ask } = await aFixtureThatHasTheToken();
    fixture.revocationLog.revocations = () =>
      Promise.resolve({ epoch: '', position: 0, entries: [], more: true });
    expect(await ask(60_000)).toEqual(UNAVAILABLE);
  });
});

describe('RevocationSet', () => {
  const entry = (id: string, expiresAt: number) => ({ kind: 'token', id, expiresAt }) as const;

  it('forgets what has expired, and only that', () => {
    const set = new RevocationSet();
    set.add([entry('short', NOW_SECONDS + 10), entry('long', NOW_SECONDS + 100)], NOW);
    set.add([], NOW + 10_000);
    expect(set.size).toBe(2);
    set.add([], NOW + 40_000);
    expect(set.size).toBe(1);
    expect(set.has({ sessionId: '', tokenId: 'long' })).toBe(true);
  });

  it('keeps the later of two expiries', () => {
    const set = new RevocationSet();
    set.add([entry('a', NOW_SECONDS + 100)], NOW);
    set.add([entry('a', NOW_SECONDS + 10)], NOW);
    set.add([], NOW + 40_000);
    expect(set.has({ sessionId: '', tokenId: 'a' })).toBe(true);
  });
});
