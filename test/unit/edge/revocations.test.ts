import { describe, expect, it } from 'vitest';

import { RevocationSet } from '../../../shared/revocation/revocation-set.ts';
import { EdgeFixture, outcome } from '../../support/edge-fixture.ts';
import { goodClaims, NOW, NOW_SECONDS } from '../../support/jws-forge.ts';

const REVOKED = [401, 'AUTH_TOKEN_REVOKED'];
const UNAVAILABLE = [503, 'SERVICE_UNAVAILABLE'];

async function aWorldThatKnowsTheToken() {
  const world = await EdgeFixture.start();
  const token = await world.token();
  expect(await outcome(world.forwardAuth(token))).toEqual([200]);
  expect(world.revocationLog.calls).toBe(1);
  const ask = async (after: number) => {
    world.runtime.now += after;
    return outcome(world.forwardAuth(token));
  };
  return { world, token, ask };
}

describe('the revocation snapshot', () => {
  it('is not read again within two seconds', async () => {
    const { world, ask } = await aWorldThatKnowsTheToken();
    for (let n = 0; n < 100; n += 1) await ask(19);
    expect(world.revocationLog.calls).toBe(1);
    expect(world.background).toEqual([]);
  });

  it('is read behind the answer from two seconds on', async () => {
    const { world, ask } = await aWorldThatKnowsTheToken();
    world.revocationLog.revoke({ id: goodClaims.sid });
    expect(await ask(2_000)).toEqual([200]);
    expect(world.background).toHaveLength(1);
    await world.settle();
    expect(await ask(0)).toEqual(REVOKED);
  });

  it('is read before the answer from five seconds on', async () => {
    const { world, ask } = await aWorldThatKnowsTheToken();
    world.revocationLog.revoke({ id: goodClaims.sid });
    expect(await ask(5_000)).toEqual(REVOKED);
    expect(world.revocationLog.calls).toBe(2);
  });

  it('is read once for many requests that come at once', async () => {
    const { world, token } = await aWorldThatKnowsTheToken();
    world.runtime.now += 10_000;
    const all = Array.from({ length: 20 }, () => outcome(world.forwardAuth(token)));
    expect(new Set((await Promise.all(all)).map(([status]) => status))).toEqual(new Set([200]));
    expect(world.revocationLog.calls).toBe(2);
  });

  it('knows a token that stands for no session', async () => {
    const world = await EdgeFixture.start();
    const token = await world.token({ sid: undefined, sub: 'client-1', client_id: 'client-1' });
    world.revocationLog.revoke({ id: 'null' });
    world.revocationLog.revoke({ id: 'undefined' });
    expect(await outcome(world.forwardAuth(token))).toEqual([200]);
    world.revocationLog.revoke({ kind: 'token', id: goodClaims.jti });
    world.runtime.now += 5_000;
    expect(await outcome(world.forwardAuth(token))).toEqual(REVOKED);
  });

  it('knows single tokens as well as sessions', async () => {
    const { world, ask } = await aWorldThatKnowsTheToken();
    world.revocationLog.revoke({ kind: 'token', id: goodClaims.sid });
    world.revocationLog.revoke({ kind: 'session', id: goodClaims.jti });
    expect(await ask(5_000)).toEqual([200]);
    world.revocationLog.revoke({ kind: 'token', id: goodClaims.jti });
    expect(await ask(5_000)).toEqual(REVOKED);
  });

  it('is used for a minute while the log cannot be reached, then no more', async () => {
    const { world, ask } = await aWorldThatKnowsTheToken();
    world.revocationLog.reachable = false;
    expect(await ask(5_000)).toEqual([200]);
    expect(await ask(54_999)).toEqual([200]);
    expect(await ask(1)).toEqual(UNAVAILABLE);
    world.revocationLog.reachable = true;
    expect(await ask(1_000)).toEqual([200]);
  });

  it('asks a log that cannot be reached once a second at most', async () => {
    const { world, ask } = await aWorldThatKnowsTheToken();
    world.revocationLog.reachable = false;
    for (let n = 0; n < 50; n += 1) await ask(n === 0 ? 10_000 : 10);
    expect(world.revocationLog.calls).toBe(2);
    await ask(1_000);
    expect(world.revocationLog.calls).toBe(3);
  });

  it('answers 503 with Retry-After when it was never read', async () => {
    const world = await EdgeFixture.start();
    world.revocationLog.reachable = false;
    const response = await world.forwardAuth(await world.token());
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await outcome(response)).toEqual(UNAVAILABLE);
  });

  it('refuses what it knows as revoked however old it is', async () => {
    const { world, ask } = await aWorldThatKnowsTheToken();
    world.revocationLog.revoke({ id: goodClaims.sid });
    expect(await ask(5_000)).toEqual(REVOKED);
    world.revocationLog.reachable = false;
    expect(await ask(120_000)).toEqual(REVOKED);
  });

  it('reads every page', async () => {
    const { world, ask } = await aWorldThatKnowsTheToken();
    world.revocationLog.pageSize = 2;
    for (let n = 0; n < 6; n += 1) world.revocationLog.revoke({ id: `other-${n}` });
    world.revocationLog.revoke({ id: goodClaims.sid });
    expect(await ask(5_000)).toEqual(REVOKED);
  });

  it('reads on where it stopped', async () => {
    const { world, ask } = await aWorldThatKnowsTheToken();
    world.revocationLog.pageSize = 2;
    for (let n = 0; n < 3; n += 1) world.revocationLog.revoke({ id: `other-${n}` });
    await ask(5_000);
    await ask(5_000);
    expect(world.revocationLog.asked).toEqual([0, 0, 2, 3]);
  });

  it('starts over with a new log, even one that is longer', async () => {
    for (const length of [1, 2, 3]) {
      const { world, ask } = await aWorldThatKnowsTheToken();
      world.revocationLog.revoke({ id: 'a' });
      world.revocationLog.revoke({ id: 'b' });
      expect(await ask(5_000)).toEqual([200]);
      world.revocationLog.replace('second');
      world.revocationLog.revoke({ id: goodClaims.sid });
      for (let n = 1; n < length; n += 1) world.revocationLog.revoke({ id: `c-${n}` });
      expect(await ask(5_000)).toEqual(REVOKED);
    }
  });

  it('keeps what a lost log had revoked', async () => {
    const { world, ask } = await aWorldThatKnowsTheToken();
    world.revocationLog.revoke({ id: goodClaims.sid });
    expect(await ask(5_000)).toEqual(REVOKED);
    world.revocationLog.replace('second');
    expect(await ask(5_000)).toEqual(REVOKED);
  });

  it('repeats a reading that broke off', async () => {
    const { world, ask } = await aWorldThatKnowsTheToken();
    const { revocationLog: log } = world;
    log.pageSize = 1;
    log.revoke({ id: 'a' });
    log.revoke({ id: goodClaims.sid });
    const read = log.revocations.bind(log);
    log.revocations = (after) => (after === 1 ? Promise.reject(new Error('cut')) : read(after));
    expect(await ask(5_000)).toEqual([200]);
    log.revocations = read;
    expect(await ask(1_000)).toEqual(REVOKED);
  });

  it('gives up on a log that says "more" and does not move', async () => {
    const { world, ask } = await aWorldThatKnowsTheToken();
    world.revocationLog.revocations = () =>
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
