import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ask, askAgain, giveUp } from '../../../../durable-objects/queue/queue.ts';
import { takeSeat } from '../../../../durable-objects/queue/seats.ts';
import { seconds } from '../../../../shared/clock.ts';
import { MemoryQueueStore } from '../../../support/memory-queue-store.ts';
import { SEAT_LIFE, SESSIONS, type Step, steps, World } from '../../../support/queue-fixture.ts';

function play(all: readonly Step[]): World {
  const backend = new World();
  for (const one of all) backend.run(one);
  return backend;
}

describe('the admission queue', () => {
  it('[Q1-Q5] [Q7] [Q11-Q16] agrees with the model', () => {
    fc.assert(
      fc.property(steps, (all) => void play(all)),
      { numRuns: 300 },
    );
  });

  it('[Q1-Q2] admits the sessions that came first, in whatever order they ask again', () => {
    fc.assert(
      fc.property(steps, fc.shuffledSubarray(SESSIONS, { minLength: 8 }), (all, order) => {
        const backend = play(all);
        const { model, store } = backend;
        const expected = model.line.map(({ id }) => id).filter((id) => model.admits(id));
        const waiting = model.line.map(({ id }) => id);
        for (const id of order.filter((one) => waiting.includes(one))) backend.ask(id);
        const admitted = waiting.filter((id) => store.find(id)?.as === 'granted');
        expect(admitted).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('[Q2] never exceeds the capacity unless an administrator releases sessions or lowers it', () => {
    const quiet = steps.map((all) =>
      all.filter((one) => one.do !== 'capacity' && one.do !== 'release'),
    );
    fc.assert(
      fc.property(quiet, (all) => {
        const backend = new World();
        for (const one of all) {
          backend.run(one);
          expect(backend.store.held()).toBeLessThanOrEqual(2);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('[Q6] keeps the place and returns the grant for a ticket alone, and gives no new place', () => {
    const backend = new World();
    for (const id of ['ses_0', 'ses_1', 'ses_2']) backend.run({ do: 'ask', who: id });
    const entry = backend.store.find('ses_2');
    const place = entry?.as === 'waiting' ? entry.place : 0;
    expect(askAgain(backend.queue, 'ses_2', place)).toMatchObject({ as: 'waiting', position: 1 });
    expect(askAgain(backend.queue, 'ses_2', place + 1)).toEqual({ as: 'lost' });
    expect(askAgain(backend.queue, 'ses_9', place)).toEqual({ as: 'lost' });
    giveUp(backend.queue, 'ses_0');
    const answer = askAgain(backend.queue, 'ses_2', place);
    expect(answer).toMatchObject({ as: 'granted' });
    expect(askAgain(backend.queue, 'ses_2', place)).toEqual(answer);
    const grantId = answer.as === 'granted' ? answer.grantId : '';
    const seat = { sessionId: 'ses_2', grantId, holder: 'h', until: backend.now + SEAT_LIFE };
    expect(takeSeat(backend.store, seat, backend.now)).toBe(true);
    expect(askAgain(backend.queue, 'ses_2', place)).toEqual({ as: 'lost' });
    expect(backend.store.waiting()).toBe(0);
  });

  it('[Q6] treats an expired place as lost, even if its row is still there', () => {
    const backend = new World();
    for (const id of ['ses_0', 'ses_1', 'ses_2']) backend.run({ do: 'ask', who: id });
    const entry = backend.store.find('ses_2');
    const place = entry?.as === 'waiting' ? entry.place : 0;
    backend.now += seconds(151);
    expect(askAgain(backend.queue, 'ses_2', place)).toEqual({ as: 'lost' });
    expect(backend.store.waiting()).toBe(0);
  });

  it('[Q7] removes the place that is given up, and no later one', () => {
    const backend = new World();
    for (const id of ['ses_0', 'ses_1', 'ses_2']) backend.run({ do: 'ask', who: id });
    const entry = backend.store.find('ses_2');
    const place = entry?.as === 'waiting' ? entry.place : 0;
    giveUp(backend.queue, 'ses_2', place - 1);
    expect(backend.store.waiting()).toBe(1);
    giveUp(backend.queue, 'ses_2', place);
    expect(backend.store.waiting()).toBe(0);
  });

  it('[Q8] refuses a new session when 50,000 wait, and none of those that wait', () => {
    const store = new MemoryQueueStore();
    const full = Object.assign(store, {
      waiting: () => 50_000,
      held: () => 2,
      ahead: () => 49_999,
    });
    const backend = new World();
    const queue = { ...backend.queue, store: full };
    expect(ask(queue, 'ses_new')).toEqual({ as: 'full' });
    expect(store.find('ses_new')).toBeUndefined();
    store.save({
      as: 'waiting',
      sessionId: 'a',
      userId: '',
      place: 9,
      joinedAt: 0,
      position: 1,
      until: Infinity,
    });
    expect(ask(queue, 'a')).toMatchObject({ as: 'waiting', position: 50_000 });
  });

  it('[Q9] tells clients to ask after 3 s near the head, and never later than after 60 s', () => {
    const backend = new World();
    const delayAt = (position: number) => {
      const store = Object.assign(new MemoryQueueStore(), { waiting: () => position - 1 });
      const answer = ask(
        { ...backend.queue, store, settings: { capacity: 0, grantLife: 1, perUser: 5 } },
        's',
      );
      return answer.as === 'waiting' ? answer.retryAfterSeconds : undefined;
    };
    expect([1, 30, 31, 300, 600, 50_000].map(delayAt)).toEqual([3, 3, 4, 30, 60, 60]);
  });
});
