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
  it('[Q1-Q3] admits as many sessions as there are seats, however many ask at once', async ({
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

  it('[Q11] gives one seat for a grant, however many connections present it at once', async ({
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

  it('[Q12-Q13] keeps a seat for 120 s after its connection is lost, also across eviction', async ({
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

  it('[Q13] does not let a connection give back a seat that another connection of its session holds', async ({
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

  it('[Q14] frees a seat when its time is up, even if the end of its connection is never reported', async ({
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

  it('[Q14] frees an extended seat when the new time is up', async ({ expect }) => {
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

  it('[Q5] [Q17] keeps the order, places and grants across evictions', async ({ expect }) => {
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

  it('[Q4-Q5] writes a place at most once in 30 s, and no other place with it', async ({
    expect,
  }) => {
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

  it('[Q16] releases the next waiting sessions, even while paused, across an eviction', async ({
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

  it('[Q18] removes expired entries by its alarm, however often the alarm runs', async ({
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

  it('[Q18] removes entries that expired together, 500 at a time', async ({ expect }) => {
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

  it('[Q17] changes nothing when the storage fails, and works afterwards', async ({ expect }) => {
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

  it('[Q19] gives one user five of what there is, and nobody less for it', async ({ expect }) => {
    const stub = await aQueue(2);
    await connect(stub, 'ses_0');
    const answers: string[] = [];
    for (let n = 1; n <= 30; n += 1) answers.push((await stub.ask(`ses_${n}`, 'ann')).as);
    expect(answers).toEqual([
      'granted',
      ...Array(4).fill('waiting'),
      ...Array(25).fill('too_many'),
    ]);
    expect(await stub.ask('ses_30', 'ann')).toEqual({ as: 'too_many', most: 5 });
    expect(await stub.ask('ses_31', 'bob')).toMatchObject({ as: 'waiting', position: 5 });
    // What a session has, it keeps, and asking again takes nothing more.
    expect(await stub.ask('ses_2', 'ann')).toMatchObject({ as: 'waiting', position: 1 });
    await stub.giveUp('ses_3');
    expect(await stub.ask('ses_30', 'ann')).toMatchObject({ as: 'waiting', position: 5 });
  });

  it('[Q19] counts seats, and places only as long as they last', async ({ expect }) => {
    const stub = await aQueue(5);
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      const answer = await stub.ask(id, 'ann');
      if (answer.as !== 'granted') throw new Error(`Cannot go on: ${answer.as}`);
      await stub.takeSeat({ ...seat(id, answer.grantId), until: Date.now() + seconds(300) });
    }
    expect((await stub.ask('f', 'ann')).as).toBe('too_many');
    await evictDurableObject(stub);
    expect((await stub.ask('f', 'ann')).as).toBe('too_many');
    pass(301);
    expect((await stub.ask('f', 'ann')).as).toBe('granted');
  });

  it('[Q17] reads what an earlier version stored, which is nobody’s', async ({ expect }) => {
    const stub = await aQueue(1);
    await connect(stub, 'ses_0');
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
      expect((await stub.ask(id)).as).toBe('waiting');
    }
  });
});
