import { describe, it } from 'vitest';
import { FakeIdentity } from '../../../support/fake-identity.ts';
import { readJson } from '../../../support/hub-client.ts';
import { connectToHub, type SessionClient } from '../../../support/hub-fixture.ts';

/** A hub of its own, because other tests share the breakers of theirs. */
const aHub = () => `hub:test:${crypto.randomUUID()}`;
const PROBLEMS = { subprotocol: 'sallyport.v1+problem' };
const countsOf = ({ principal }: SessionClient) =>
  FakeIdentity.counts.get(principal.sessionId) ?? 0;

describe('a service that keeps failing', () => {
  it('[H32] is not called for a while, and its clients are answered at once', async ({
    expect,
  }) => {
    using ann = await connectToHub(undefined, { hub: aHub(), ...PROBLEMS });
    for (let n = 0; n < 5; n += 1)
      expect((await ann.call('POST:/api/v1/test/throw')).code).toBe(62);
    const refused = await ann.call('POST:/api/v1/test/count');
    expect(refused.code).toBe(62);
    expect(readJson(refused)).toMatchObject({ code: 'Service_Unavailable', status: 503 });
    const { retryAfterMs } = readJson(refused) as { retryAfterMs: number };
    expect(retryAfterMs > 0 && retryAfterMs <= 10_000).toBe(true);
    expect(countsOf(ann)).toBe(0);
    expect((await ann.call('POST:/echo')).code).toBe(0);
  });
});

describe('a client above the rate limit', () => {
  it('[H15] [H16] is told to wait, then closed, and stays limited when it connects again', async ({
    expect,
  }) => {
    const hub = aHub();
    using ann = await connectToHub(undefined, { hub, ...PROBLEMS });
    for (let n = 0; n < 1_000; n += 1) ann.send('POST:/echo', { flags: 0x10 });
    const refused = readJson(await ann.call('POST:/echo'));
    expect(refused).toMatchObject({
      code: 'TooManyRequests',
      retryAfterMs: expect.closeTo(60_000, -4),
    });
    for (let n = 0; n < 1_000; n += 1) ann.send('POST:/echo', { flags: 0x10 });
    expect(await ann.event()).toMatchObject({
      eventName: 'connect.rate-limited',
      retryAfterMs: expect.closeTo(60_000, -4),
    });
    expect(await ann.event()).toMatchObject({
      eventName: 'connect.disconnect-notification',
      reason: 'rate_limited',
      retryAfterMs: expect.closeTo(60_000, -4),
      reconnectionToken: expect.any(String),
    });
    expect(await ann.closed).toMatchObject({ code: 4429 });

    using again = await connectToHub(ann.principal, { hub });
    expect((await again.call('POST:/echo')).code).toBe(12);
    using newer = await connectToHub(ann.principal, { hub });
    expect((await newer.call('POST:/echo')).code).toBe(12);
  });
});
