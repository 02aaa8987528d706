import { describe, expect, it } from 'vitest';

import { QueueSeats } from '../../../../../durable-objects/hub/lifecycle/queue-seats.ts';

const principal = {
  subject: 'ann',
  sessionId: 'ses_a',
  clientId: 'c',
  scopes: [],
  roles: [],
  tokenId: 't',
  expiresAt: 1_000,
};

function aHub(queue: () => never | object) {
  const calls: unknown[][] = [];
  const logged: unknown[] = [];
  const work: Promise<void>[] = [];
  const answer =
    (name: string) =>
    async (...all: unknown[]) => {
      queue();
      calls.push([name, ...all]);
    };
  const seats = new QueueSeats({
    queue: () => ({ renewSeat: answer('renew') as never, leaveSeat: answer('leave') }),
    waitUntil: (one) => work.push(one),
    log: ({ event }) => logged.push(event),
  });
  const connection = (seat: string | undefined) => ({ state: { seat, principal } as never });
  return { seats, calls, logged, settled: () => Promise.all(work), connection };
}

describe('the seats of a hub', () => {
  it('[H90-H91] are freed and extended by their holder', async () => {
    const { seats, calls, settled, connection } = aHub(() => ({}));
    seats.renew(connection('h1'));
    seats.leave(connection('h1'));
    await settled();
    expect(calls).toEqual([
      ['renew', 'ses_a', 'h1', 1_090_000],
      ['leave', 'ses_a', 'h1'],
    ]);
  });

  it('[H90] are not asked for if the connection has none', async () => {
    const { seats, calls, settled, connection } = aHub(() => ({}));
    seats.renew(connection(undefined));
    seats.leave(connection(undefined));
    expect(await settled()).toEqual([]);
    expect(calls).toEqual([]);
  });

  it('[H92] are left to expire while the queue cannot be reached', async () => {
    const { seats, logged, settled, connection } = aHub(() => {
      throw new Error('Cannot reach the queue: a test says so');
    });
    seats.renew(connection('h1'));
    seats.leave(connection('h1'));
    expect(logged).toEqual([]);
    await settled();
    expect(logged).toEqual(['hub.seat_failed', 'hub.seat_failed']);
  });
});
