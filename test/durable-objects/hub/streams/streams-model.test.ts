import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { it } from 'vitest';

import { seconds } from '../../../../shared/clock.ts';
import type { EventTarget } from '../../../../shared/contracts/connect/client-event.ts';
import { aPrincipal } from '../../../support/hub-fixture.ts';
import { StreamsFixture } from '../../../support/streams-fixture.ts';

const PRINCIPALS = [
  aPrincipal({ sessionId: 'ses_0', subject: 'ann', roles: ['a'] }),
  aPrincipal({ sessionId: 'ses_1', subject: 'ann', roles: ['a', 'b'] }),
  aPrincipal({ sessionId: 'ses_2', subject: 'bob', roles: [] }),
];

const who = fc.nat({ max: PRINCIPALS.length - 1 });
const target: fc.Arbitrary<EventTarget> = fc.oneof(
  fc.constant('all' as const),
  fc.constantFrom({ role: 'a' }, { role: 'b' }),
  fc.constantFrom({ user: 'ann' }, { user: 'bob' }),
  who.map((n) => ({ session: `ses_${n}` })),
);
const roles = fc.subarray(['a', 'b', 'c']);
const few = fc.nat({ max: 3 });

type Step = (fixture: StreamsFixture) => void;

const clientOf = (fixture: StreamsFixture, n: number) => {
  const client = fixture.clients[n];
  if (client === undefined) throw new Error('Cannot find the client');
  return client;
};

const again = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.nat({ max: 9 }) },
);

/** With `ago`, an event that was published that many events ago is published again. */
const publish = fc.tuple(target, few, again).map(
  ([to, n, ago]): Step =>
    (fixture) =>
      fixture.publish(to, n === 0, ago),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 16, arbitrary: publish },
  {
    weight: 2,
    arbitrary: who.map(
      (n): Step =>
        (fixture) =>
          clientOf(fixture, n).read(),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(who, few, fc.boolean()).map(
      ([n, read, noticed]): Step =>
        (fixture) =>
          fixture.break(clientOf(fixture, n), read, noticed),
    ),
  },
  {
    weight: 4,
    arbitrary: who.map(
      (n): Step =>
        (fixture) => {
          const client = clientOf(fixture, n);
          // A client that connects again without having lost its connection changes nothing here.
          client.read(1);
          fixture.connect(client);
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(who, roles, fc.boolean()).map(
      ([n, to, applied]): Step =>
        (fixture) =>
          fixture.setRoles(clientOf(fixture, n), to, applied),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(0, seconds(100), seconds(299), seconds(301)).map(
      (time): Step =>
        (fixture) =>
          fixture.wait(time),
    ),
  },
  { weight: 2, arbitrary: fc.constant<Step>((fixture) => fixture.sweep()) },
  { weight: 2, arbitrary: fc.constant<Step>((fixture) => fixture.hibernate()) },
  {
    weight: 1,
    arbitrary: few.map(
      (read): Step =>
        (fixture) =>
          fixture.kill(read),
    ),
  },
);

it('[H45-H52] [H56] [H63] a stream sends its client every event once and in order, whatever happens', async () => {
  await runInDurableObject(env.HUBS.getByName('hub:test:streams'), (_, { storage }) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const fixture = new StreamsFixture(storage, PRINCIPALS);
        for (const one of steps) one(fixture);
        fixture.settle();
      }),
      { numRuns: 400 },
    );
  });
});
