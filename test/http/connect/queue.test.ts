import { describe, it } from 'vitest';
import { readUpgradeParameters } from '../../../shared/contracts/connect/upgrade-parameters.ts';
import { altered } from '../../support/altered.ts';
import { FakeIdentity } from '../../support/fake-identity.ts';
import { aPrincipal } from '../../support/hub-fixture.ts';
import { QueueFront } from '../../support/queue-front.ts';

const QUEUE_URL = 'https://id.example.test/queue/request-access';
const admin = () => aPrincipal({ roles: ['admin'] });
/** A client's own token. */
const CLIENT = { ...aPrincipal(), sessionId: null };

const seatIn = (request: Request | undefined) =>
  request === undefined ? undefined : readUpgradeParameters(request.headers).seat;

async function grantOf(front: QueueFront, principal: ReturnType<typeof aPrincipal>) {
  const { grant } = await front.ask(principal);
  if (grant === undefined) throw new Error('Cannot go on: access is not granted');
  return grant;
}

describe('GET /connect with a queue', () => {
  it('[CN45] requires a grant, and wakes no hub without one', async ({ expect }) => {
    const front = await QueueFront.start(1);
    const { status, problem } = await front.connect(aPrincipal());
    expect(status).toBe(429);
    expect(problem).toMatchObject({ code: 'CONNECT_QUEUE_REQUIRED', queueUrl: QUEUE_URL });
    expect(front.forwarded).toEqual([]);
  });

  it.for(['header', 'subprotocol', 'query'] as const)(
    '[CN45-CN46] accepts a grant in the %s once, and does not send it to the hub',
    async (where, { expect }) => {
      const front = await QueueFront.start(1);
      const principal = aPrincipal();
      const grant = await grantOf(front, principal);
      const how = {
        header: { headers: { 'x-queue-grant': grant } },
        subprotocol: { headers: { 'sec-websocket-protocol': `grant.${grant}, sallyport.v1` } },
        query: { query: `?grant=${grant}` },
      }[where];
      const opened = await front.connect(principal, how);
      expect(opened.status).toBe(101);
      const echoed = where === 'subprotocol' ? 'sallyport.v1' : null;
      expect(opened.headers.get('sec-websocket-protocol')).toBe(echoed);
      const [request] = front.forwarded;
      expect(JSON.stringify([...(request?.headers ?? []), request?.url])).not.toContain(grant);
      expect(seatIn(request)).toMatch(/^[0-9a-f-]{36}$/);

      const other = aPrincipal();
      const stolen = await front.connect(other, how);
      expect([stolen.status, stolen.problem?.code]).toEqual([403, 'CONNECT_QUEUE_GRANT_INVALID']);
      expect(await front.queue.status()).toMatchObject({ held: 1 });
      opened.close();
    },
  );

  it('[CN45] refuses a made-up grant, or another session’s, without asking the queue', async ({
    expect,
  }) => {
    const front = await QueueFront.start(5);
    const grant = await grantOf(front, aPrincipal());
    front.woken.length = 0;
    for (const shown of [grant, altered(grant), 'nonsense', '']) {
      const headers = { 'x-queue-grant': shown };
      const { status, problem } = await front.connect(aPrincipal(), { headers });
      expect([shown, status]).toEqual([shown, 403]);
      expect(problem).toMatchObject({ code: 'CONNECT_QUEUE_GRANT_INVALID', queueUrl: QUEUE_URL });
    }
    expect(front.woken).toEqual([]);
  });

  it('[CN45] refuses a ticket in place of a grant', async ({ expect }) => {
    const front = await QueueFront.start(0);
    const waiting = await QueueFront.start(1);
    await grantOf(waiting, aPrincipal());
    const principal = aPrincipal();
    const { ticket = '' } = await waiting.ask(principal);
    const headers = { 'x-queue-grant': ticket };
    expect((await waiting.connect(principal, { headers })).status).toBe(403);
    expect(front.woken).toEqual([]);
  });

  it('[CN45] admits a session that has a seat without a grant, or with a used one', async ({
    expect,
  }) => {
    const front = await QueueFront.start(1);
    const principal = aPrincipal();
    const headers = { 'x-queue-grant': await grantOf(front, principal) };
    for (const how of [{ headers }, {}, { headers }]) {
      const opened = await front.connect(principal, how);
      expect(opened.status).toBe(101);
      opened.close();
    }
    const holders = front.forwarded.map(seatIn);
    expect(new Set(holders).size).toBe(3);
    expect(await front.queue.status()).toMatchObject({ held: 1 });
  });

  it('[CN46] gives a seat back if its connection fails to open', async ({ expect }) => {
    const front = await QueueFront.start(1);
    // More than a connection can keep.
    const principal = aPrincipal({
      roles: Array(200).fill('a-long-role'),
    });
    const headers = { 'x-queue-grant': await grantOf(front, principal) };
    expect((await front.connect(principal, { headers })).status).toBe(413);
    const holder = seatIn(front.forwarded[0]) ?? '';
    // Nobody holds it any more, but the session may come again.
    expect(await front.queue.renewSeat(principal.sessionId, holder, Date.now() + 1e6)).toBe(false);
    expect(await front.queue.status()).toMatchObject({ held: 1 });
    expect((await front.connect(principal)).status).toBe(413);
  });

  it('[CN45] answers 503 while the queue is unavailable', async ({ expect }) => {
    const front = await QueueFront.start(1);
    const principal = aPrincipal();
    const headers = { 'x-queue-grant': await grantOf(front, principal) };
    front.reachable = false;
    const { status, problem } = await front.connect(principal, { headers });
    expect([status, problem?.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect((await front.ask(principal)).status).toBe(503);
  });

  it('[CN45] [CN47] asks no object without a queue, and grants are given and ignored', async ({
    expect,
  }) => {
    const front = await QueueFront.start(0);
    front.woken.length = 0;
    const principal = aPrincipal();
    const { status, granted, grant = '', expiresIn } = await front.ask(principal);
    expect([status, granted, expiresIn]).toEqual([200, true, 60]);
    expect((await front.fetch('/queue/status')).status).toBe(200);
    const given = { method: 'DELETE', principal };
    expect((await front.fetch('/queue/request-access', given)).status).toBe(204);
    expect(front.woken).toEqual([]);
    for (const query of ['', `?grant=${grant}`, '?grant=nonsense']) {
      const opened = await front.connect(principal, { query });
      expect(opened.status).toBe(101);
      opened.close();
    }
    expect(front.woken.every((name) => name.startsWith('hub:'))).toBe(true);
    expect(seatIn(front.forwarded[0])).toBeUndefined();
  });
});

describe('/queue/request-access', () => {
  it('[CN47] gives a grant while a seat is free, and then a place, which asking again keeps', async ({
    expect,
  }) => {
    const front = await QueueFront.start(1);
    const [ann, bob] = [aPrincipal(), aPrincipal()];
    expect(await front.ask(ann)).toMatchObject({ status: 200, granted: true, expiresIn: 60 });
    const waiting = { status: 200, granted: false, position: 1, etaSeconds: null };
    const { ticket, retryAfterSeconds } = await front.ask(bob);
    expect(retryAfterSeconds).toBe(3);
    expect(await front.ask(bob)).toMatchObject(waiting);
    expect(await front.ask(bob, ticket)).toMatchObject(waiting);
    expect(await front.ask(undefined, ticket)).toMatchObject(waiting);
    expect(await front.queue.status()).toMatchObject({ waiting: 1, held: 1 });
  });

  it('[CN47] returns the grant for a ticket alone, and only that session can use it', async ({
    expect,
  }) => {
    const front = await QueueFront.start(1);
    const [ann, bob] = [aPrincipal(), aPrincipal()];
    await front.ask(ann);
    const { ticket } = await front.ask(bob);
    await front.fetch('/queue/request-access', { method: 'DELETE', principal: ann });
    const { granted, grant = '' } = await front.ask(undefined, ticket);
    expect(granted).toBe(true);
    const headers = { 'x-queue-grant': grant };
    expect((await front.connect(ann, { headers })).status).toBe(403);
    const opened = await front.connect(bob, { headers });
    expect(opened.status).toBe(101);
    opened.close();
    expect(await front.ask(undefined, ticket)).toMatchObject({
      status: 410,
      code: 'CONNECT_QUEUE_PLACE_LOST',
    });
  });

  it('[CN47] gives up a place by token or ticket, but not a newer place by an old ticket', async ({
    expect,
  }) => {
    const front = await QueueFront.start(1);
    const [ann, bob] = [aPrincipal(), aPrincipal()];
    await front.ask(ann);
    const { ticket } = await front.ask(bob);
    const leave = (init: object) =>
      front.fetch('/queue/request-access', { method: 'DELETE', ...init });
    expect((await leave({ body: { ticket } })).status).toBe(204);
    expect(await front.ask(undefined, ticket)).toMatchObject({ status: 410 });
    await front.ask(bob);
    expect((await leave({ body: { ticket } })).status).toBe(204);
    expect(await front.queue.status()).toMatchObject({ waiting: 1 });
    expect((await leave({ principal: bob })).status).toBe(204);
    expect(await front.queue.status()).toMatchObject({ waiting: 0, held: 1 });
  });

  it('[CN54] tells a user who has enough places which limit that is', async ({ expect }) => {
    const front = await QueueFront.start(1);
    const subject = crypto.randomUUID();
    const account = crypto.randomUUID();
    FakeIdentity.accounts.set('pws_ann', account);
    for (let n = 0; n < 4; n += 1)
      expect((await front.ask(aPrincipal({ subject }))).status).toBe(200);
    expect((await front.ask(aPrincipal({ subject: account }))).status).toBe(200);
    const last = aPrincipal({ subject });
    expect((await front.ask(last)).status).toBe(200);
    expect(await front.ask(aPrincipal({ subject }))).toMatchObject({
      status: 409,
      code: 'QUOTA_EXCEEDED',
      limit: 'queue_places_per_user',
      most: 5,
    });
    expect((await front.ask(last)).status).toBe(200);
    for (let n = 0; n < 4; n += 1) {
      const pairwise = aPrincipal({ subject: 'pws_ann', scopes: ['connect'] });
      expect((await front.ask(pairwise)).status).toBe(200);
    }
    expect((await front.ask(aPrincipal({ subject: account }))).code).toBe('QUOTA_EXCEEDED');
  });

  it('[CN47] refuses a request without a token or session, or with another session’s ticket', async ({
    expect,
  }) => {
    const front = await QueueFront.start(1);
    await front.ask(aPrincipal());
    const { ticket = '' } = await front.ask(aPrincipal());
    const { grant = '' } = await (await QueueFront.start(0)).ask(aPrincipal());
    front.woken.length = 0;
    for (const [principal, shown, status, code] of [
      [undefined, undefined, 401, 'AUTH_TOKEN_MISSING'],
      [CLIENT, undefined, 403, 'AUTHZ_DENIED'],
      [CLIENT, ticket, 403, 'AUTHZ_DENIED'],
      [aPrincipal(), ticket, 403, 'CONNECT_QUEUE_TICKET_INVALID'],
      [undefined, altered(ticket), 403, 'CONNECT_QUEUE_TICKET_INVALID'],
      [aPrincipal(), 'nonsense', 403, 'CONNECT_QUEUE_TICKET_INVALID'],
      [undefined, grant, 403, 'CONNECT_QUEUE_TICKET_INVALID'],
      [aPrincipal(), 'x'.repeat(1_025), 400, 'VALIDATION_ERROR'],
    ] as const) {
      expect(await front.ask(principal, shown)).toMatchObject({ status, code });
    }
    expect(front.woken).toEqual([]);
  });
});

describe('GET /queue/status', () => {
  it('[CN48] tells everybody how many wait, and asks the queue at most once in 5 s', async ({
    expect,
  }) => {
    const front = await QueueFront.start(1);
    for (const principal of [aPrincipal(), aPrincipal(), aPrincipal()]) await front.ask(principal);
    front.woken.length = 0;
    for (let n = 0; n < 3; n += 1) {
      const response = await front.fetch('/queue/status');
      expect(response.headers.get('cache-control')).toBe('public, max-age=5');
      expect(await response.json()).toEqual({ open: false, waiting: 2, etaSeconds: null });
    }
    expect(front.woken).toHaveLength(1);
  });
});

describe('/api/v1/connect/queue', () => {
  const PATH = '/api/v1/connect/queue';
  const put = (body: unknown, principal = admin()) => ({ method: 'PUT', principal, body });

  it('[CN49] is allowed to administrators only', async ({ expect }) => {
    const front = await QueueFront.start(1);
    front.woken.length = 0;
    for (const [path, init] of [
      [PATH, {}],
      [PATH, put({ paused: true }, aPrincipal())],
      [`${PATH}/release`, { method: 'POST', principal: aPrincipal(), body: { count: 1 } }],
    ] as const) {
      const { status } = await front.fetch(path, { principal: aPrincipal(), ...init });
      expect(status).toBe(403);
    }
    expect((await front.fetch(PATH)).status).toBe(401);
    expect(front.woken).toEqual([]);
  });

  it('[CN49] changes the capacity, pauses and releases', async ({ expect }) => {
    const front = await QueueFront.start(1);
    const people = [aPrincipal(), aPrincipal(), aPrincipal(), aPrincipal()] as const;
    for (const principal of people) await front.ask(principal);
    const read = await front.fetch(PATH, { principal: admin() });
    const state = { enabled: true, open: false, waiting: 3, held: 1, capacity: 1, paused: false };
    expect(await read.json()).toEqual({ ...state, etaSeconds: null });

    const changed = await front.fetch(PATH, put({ capacity: 2, paused: true }));
    expect(await changed.json()).toMatchObject({ capacity: 2, paused: true });
    expect(await front.ask(people[1])).toMatchObject({ granted: false });
    const body = { count: 1 };
    const released = await front.fetch(`${PATH}/release`, {
      method: 'POST',
      principal: admin(),
      body,
    });
    expect(await released.json()).toEqual({ released: 1 });
    expect(await front.ask(people[2])).toMatchObject({ granted: false });
    expect(await front.ask(people[1])).toMatchObject({ granted: true });
    await front.fetch(PATH, put({ capacity: 3, paused: false }));
    expect(await front.ask(people[2])).toMatchObject({ granted: true });
  });

  it.for([{ capacity: -1 }, { capacity: 1.5 }, { capacity: '3' }, { paused: 'no' }, { speed: 1 }])(
    '[CN49] refuses the change %j',
    async (change, { expect }) => {
      const front = await QueueFront.start(1);
      expect((await front.fetch(PATH, put(change))).status).toBe(400);
      expect(await front.queue.status()).toMatchObject({ capacity: 1, paused: false });
    },
  );

  it('[CN49] answers a change with 409 where there is no queue', async ({ expect }) => {
    const front = await QueueFront.start(0);
    front.woken.length = 0;
    const read = await front.fetch(PATH, { principal: admin() });
    expect(await read.json()).toMatchObject({ enabled: false, open: true, waiting: 0 });
    expect((await front.fetch(PATH, put({ paused: true }))).status).toBe(409);
    const release = { method: 'POST', principal: admin(), body: { count: 1 } };
    expect((await front.fetch(`${PATH}/release`, release)).status).toBe(409);
    expect(front.woken).toEqual([]);
  });
});
