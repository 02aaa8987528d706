import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';

import { seconds } from '../../../shared/clock.ts';

const START = Date.UTC(2026, 10, 25);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
});
afterEach(() => {
  vi.useRealTimers();
});
const pass = (time: number) => vi.setSystemTime(Date.now() + seconds(time));

async function aQueue(capacity: number) {
  const stub = env.QUEUES.getByName(`queue:${crypto.randomUUID()}`);
  await stub.change({ capacity });
  return stub;
}
type Stub = Awaited<ReturnType<typeof aQueue>>;

async function grantOf(stub: Stub, sessionId: string): Promise<string> {
  const answer = await stub.ask(sessionId);
  if (answer.as !== 'granted') throw new Error(`Cannot go on: ${sessionId} is ${answer.as}`);
  return answer.grantId;
}

const seat = (sessionId: string, grantId?: string, holder = 'h1') => ({
  sessionId,
  grantId,
  holder,
  until: Date.now() + seconds(900),
});

async function connect(stub: Stub, sessionId: string, holder = 'h1'): Promise<void> {
  const taken = await stub.takeSeat(seat(sessionId, await grantOf(stub, sessionId), holder));
  if (!taken) throw new Error('Cannot go on: the grant gave no seat');
}

const rowsOf = (stub: Stub) =>
  runInDurableObject(stub, (_, { storage }) =>
    storage.sql.exec<{ session_id: string; until: number }>('SELECT * FROM entries').toArray(),
  );

describe('QueueObject', () => {
  it('[Q1-Q3] admits as many as there are seats, of any number that ask at once', async ({
    expect,
  }) => {
    const stub = await aQueue(3);
    const ids = Array.from({ length: 10 }, (_, index) => `ses_${index}`);
    const answers = await Promise.all([...ids, ...ids].map((id) => stub.ask(id)));
    const granted = answers.flatMap((answer) => (answer.as === 'granted' ? answer.grantId : []));
    expect([granted.length, new Set(granted).size]).toEqual([6, 3]);
    expect(await stub.status()).toMatchObject({ open: false, waiting: 7, held: 3 });
    const positions = answers.flatMap((answer) => (answer.as === 'waiting' ? answer.position : []));
    expect(positions).toEqual([1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('[Q11] gives one seat for a grant, of any number of connections that show it at once', async ({
    expect,
  }) => {
    const stub = await aQueue(1);
    const grantId = await grantOf(stub, 'ses_a');
    const thieves = ['ses_b', 'ses_c'].map((id) => stub.takeSeat(seat(id, grantId)));
    expect(await Promise.all(thieves)).toEqual([false, false]);
    expect(await stub.takeSeat(seat('ses_a', 'another'))).toBe(false);
    expect(await stub.takeSeat(seat('ses_a', undefined))).toBe(false);
    expect(await stub.takeSeat(seat('ses_a', grantId))).toBe(true);
    expect(await stub.status()).toMatchObject({ held: 1 });
  });

  it('[Q11] takes an unused grant back after 60 s, and admits the next session', async ({
    expect,
  }) => {
    const stub = await aQueue(1);
    const grantId = await grantOf(stub, 'ses_a');
    expect(await stub.ask('ses_b')).toMatchObject({ as: 'waiting', position: 1 });
    pass(60);
    expect(await stub.takeSeat(seat('ses_a', grantId))).toBe(false);
    expect(await stub.ask('ses_b')).toMatchObject({ as: 'granted' });
    expect(await stub.ask('ses_a')).toMatchObject({ as: 'waiting', position: 1 });
  });

  it('[Q12-Q13] keeps a seat for 120 s after a loss, also across eviction, and then no more', async ({
    expect,
  }) => {
    const stub = await aQueue(1);
    await connect(stub, 'ses_a');
    expect(await stub.ask('ses_b')).toMatchObject({ as: 'waiting' });
    await stub.leaveSeat('ses_a', 'h1');
    pass(100);
    await stub.leaveSeat('ses_a', 'h1');
    expect(await stub.ask('ses_b')).toMatchObject({ as: 'waiting' });
    await evictDurableObject(stub);
    pass(19);
    expect(await stub.takeSeat(seat('ses_a', undefined, 'h2'))).toBe(true);
    await stub.leaveSeat('ses_a', 'h2');
    pass(120);
    expect(await stub.takeSeat(seat('ses_a', undefined, 'h3'))).toBe(false);
    expect(await stub.ask('ses_b')).toMatchObject({ as: 'granted' });
  });

  it('[Q12] tells a session that has a seat that it is admitted, and counts it once', async ({
    expect,
  }) => {
    const stub = await aQueue(1);
    await connect(stub, 'ses_a');
    expect(await stub.ask('ses_a')).toEqual({ as: 'granted', grantId: '', expiresIn: 60 });
    expect(await stub.takeSeat(seat('ses_a', '', 'h2'))).toBe(true);
    await stub.giveUp('ses_a');
    expect(await stub.status()).toMatchObject({ held: 1 });
  });

  it('[Q13] lets no connection give back the seat that another of its session holds', async ({
    expect,
  }) => {
    const stub = await aQueue(2);
    // A newer one takes over; and a newer one is refused, and leaves at once.
    await connect(stub, 'ses_a', 'older');
    await connect(stub, 'ses_b', 'older');
    expect(await stub.takeSeat(seat('ses_a', undefined, 'newer'))).toBe(true);
    expect(await stub.takeSeat(seat('ses_b', undefined, 'newer'))).toBe(true);
    await stub.leaveSeat('ses_a', 'older');
    await stub.leaveSeat('ses_b', 'newer');
    expect(await stub.renewSeat('ses_a', 'older', START + seconds(9_000))).toBe(false);
    await stub.leaveSeat('ses_nobody', 'older');
    expect(await stub.status()).toMatchObject({ held: 2 });
    pass(200);
    await evictDurableObject(stub);
    expect(await stub.renewSeat('ses_a', 'newer', START + seconds(900))).toBe(true);
    expect(await stub.renewSeat('ses_b', 'older', START + seconds(900))).toBe(true);
  });

  it('[Q14] frees the seat of a connection whose end was never reported when its time is up', async ({
    expect,
  }) => {
    const stub = await aQueue(1);
    await connect(stub, 'ses_a', 'dead');
    pass(600);
    expect(await stub.takeSeat(seat('ses_a', undefined, 'alive'))).toBe(true);
    expect(await stub.renewSeat('ses_a', 'alive', START + seconds(3_000))).toBe(true);
    pass(600);
    expect(await stub.renewSeat('ses_a', 'dead', START + seconds(9_000))).toBe(false);
    await stub.leaveSeat('ses_a', 'alive');
    pass(119);
    expect(await stub.status()).toMatchObject({ held: 1 });
    pass(1);
    expect(await stub.status()).toMatchObject({ held: 0 });
  });

  it('[Q14] frees a seat that was renewed when the new time is up', async ({ expect }) => {
    const stub = await aQueue(2);
    await connect(stub, 'ses_a', 'ha');
    await connect(stub, 'ses_b', 'hb');
    pass(600);
    expect(await stub.renewSeat('ses_b', 'hb', START + seconds(1_500))).toBe(true);
    pass(300);
    expect(await stub.status()).toMatchObject({ held: 1 });
    pass(600);
    expect(await stub.renewSeat('ses_b', 'hb', START + seconds(9_000))).toBe(false);
    expect(await stub.status()).toMatchObject({ held: 0 });
  });

  it('[Q5] [Q17] keeps order, places and grants across evictions', async ({ expect }) => {
    const stub = await aQueue(1);
    const grantId = await grantOf(stub, 'ses_a');
    for (const id of ['ses_b', 'ses_c', 'ses_d']) await stub.ask(id);
    await evictDurableObject(stub);
    expect(await grantOf(stub, 'ses_a')).toBe(grantId);
    expect(await stub.ask('ses_d')).toMatchObject({ position: 3 });
    await stub.giveUp('ses_c');
    await evictDurableObject(stub);
    expect(await stub.ask('ses_e')).toMatchObject({ position: 3 });
    expect(await stub.ask('ses_d')).toMatchObject({ position: 2 });
    expect(await stub.ask('ses_b')).toMatchObject({ position: 1 });
    expect(await stub.takeSeat(seat('ses_a', grantId))).toBe(true);
  });

  it('[Q4-Q5] writes a place once in 30 s, and no other place', async ({ expect }) => {
    const stub = await aQueue(0);
    await stub.ask('ses_a');
    await stub.ask('ses_b');
    const before = await rowsOf(stub);
    pass(30);
    await stub.ask('ses_a');
    expect(await rowsOf(stub)).toEqual(before);
    pass(1);
    await stub.ask('ses_a');
    const [a, b] = await rowsOf(stub);
    expect([a?.until, b]).toEqual([START + seconds(31 + 150), before[1]]);
    pass(149);
    expect(await stub.ask('ses_a')).toMatchObject({ position: 1 });
    expect(await stub.status()).toMatchObject({ waiting: 1 });
  });

  it('[Q10] tells the waiting time once it is known', async ({ expect }) => {
    const stub = await aQueue(0);
    for (const id of ['ses_a', 'ses_b', 'ses_c', 'ses_d']) {
      expect(await stub.ask(id)).toMatchObject({ etaSeconds: null });
    }
    for (const id of ['ses_a', 'ses_b', 'ses_c']) {
      pass(20);
      await stub.release(1);
      await grantOf(stub, id);
    }
    expect(await stub.ask('ses_d')).toMatchObject({ position: 1, etaSeconds: 20 });
    expect(await stub.status()).toMatchObject({ etaSeconds: 40 });
    await evictDurableObject(stub);
    expect(await stub.ask('ses_d')).toMatchObject({ etaSeconds: null });
  });

  it('[Q15] changes the capacity and pauses, across evictions, and goes back to the setting', async ({
    expect,
  }) => {
    const stub = await aQueue(5);
    await stub.change({ paused: true });
    await evictDurableObject(stub);
    expect(await stub.status()).toMatchObject({ open: false, capacity: 5, paused: true });
    expect(await stub.ask('ses_a')).toMatchObject({ as: 'waiting', position: 1 });
    expect(await stub.change({ paused: false })).toMatchObject({ open: true, capacity: 5 });
    expect(await stub.ask('ses_a')).toMatchObject({ as: 'granted' });
    // The setting of these tests is none.
    expect(await stub.change({ capacity: null })).toMatchObject({ open: false, capacity: 0 });
  });

  it('[Q16] releases the next who wait, even while paused, across an eviction', async ({
    expect,
  }) => {
    const stub = await aQueue(1);
    for (const id of ['ses_a', 'ses_b', 'ses_c', 'ses_d']) await stub.ask(id);
    await stub.change({ paused: true });
    expect(await stub.release(2)).toBe(2);
    await evictDurableObject(stub);
    expect(await stub.ask('ses_d')).toMatchObject({ as: 'waiting', position: 3 });
    expect(await stub.ask('ses_c')).toMatchObject({ as: 'granted' });
    expect(await stub.ask('ses_b')).toMatchObject({ as: 'granted' });
    expect(await stub.release(9)).toBe(1);
    expect(await stub.release(9)).toBe(0);
    expect(await stub.ask('ses_e')).toMatchObject({ as: 'waiting', position: 2 });
  });

  it('[Q18] removes by its alarm what expired, however often the alarm runs', async ({
    expect,
  }) => {
    const stub = await aQueue(1);
    await connect(stub, 'ses_a');
    await stub.ask('ses_b');
    pass(200);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect((await rowsOf(stub)).map(({ session_id }) => session_id)).toEqual(['ses_a']);
    await evictDurableObject(stub);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    pass(900);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await rowsOf(stub)).toEqual([]);
    expect(await runDurableObjectAlarm(stub)).toBe(false);
  });

  it('[Q18] removes many that expired together, 500 at a time', async ({ expect }) => {
    const stub = await aQueue(0);
    await runInDurableObject(stub, (_, { storage }) => {
      for (let place = 1; place <= 1_200; place += 1) {
        storage.sql.exec(
          `INSERT INTO entries (session_id, state, until, place) VALUES (?, 'waiting', ?, ?)`,
          `ses_${place}`,
          START + seconds(150),
          place,
        );
      }
    });
    await evictDurableObject(stub);
    expect(await stub.status()).toMatchObject({ waiting: 1_200 });
    pass(200);
    expect(await stub.status()).toMatchObject({ waiting: 700 });
    while ((await stub.status()).waiting > 0);
    expect(await rowsOf(stub)).toEqual([]);
  });

  it('[Q17] changes nothing when the storage fails, and goes on afterwards', async ({ expect }) => {
    const stub = await aQueue(1);
    await stub.ask('ses_a');
    await stub.ask('ses_b');
    await runInDurableObject(stub, async (object, { storage }) => {
      storage.sql.exec(
        `CREATE TRIGGER fault BEFORE INSERT ON entries WHEN new.session_id = 'ses_c'
         BEGIN SELECT raise(ABORT, 'a test says so'); END`,
      );
      await expect(object.ask('ses_c')).rejects.toThrow('a test says so');
      storage.sql.exec('DROP TRIGGER fault');
    });
    expect(await stub.status()).toMatchObject({ waiting: 1, held: 1 });
    expect(await stub.ask('ses_c')).toMatchObject({ position: 2 });
  });
});
