import { describe, expect, it } from 'vitest';
import { FrameOrder } from '../../../../../durable-objects/hub/calls/receive.ts';
import type { EndpointMap } from '../../../../../durable-objects/hub/catalogue/endpoint.ts';
import type { Connection } from '../../../../../durable-objects/hub/connections/connection.ts';
import type { LogEvent } from '../../../../../shared/telemetry/log.ts';

const KNOWN: EndpointMap = new Map();
const connection = () => ({ state: { principal: {} } }) as Connection;
const into =
  <T>(list: T[], item: T) =>
  () =>
    void list.push(item);

/** Turns whose endpoints are found out when a test wants. */
function underTest() {
  const asked: PromiseWithResolvers<EndpointMap>[] = [];
  const logged: LogEvent[] = [];
  let isKnown = false;
  const turns = new FrameOrder({
    endpoints: {
      of: () => {
        if (isKnown) return KNOWN;
        const asking = Promise.withResolvers<EndpointMap>();
        asked.push(asking);
        return asking.promise;
      },
    },
    log: (event) => logged.push(event),
  });
  const know = () => {
    isKnown = true;
  };
  return { turns, asked, logged, know };
}

describe('the turns of frames', () => {
  it('[H27] come at once where nothing has to be found out', () => {
    const { turns, know } = underTest();
    know();
    const taken: unknown[] = [];
    expect(turns.take(connection(), (endpoints) => void taken.push(endpoints))).toBeUndefined();
    expect(taken).toEqual([KNOWN]);
  });

  it('[H27] come in order, also for those that come when it is known', async () => {
    const { turns, asked, know } = underTest();
    const [ann, order] = [connection(), Array.of<number>()];
    const first = turns.take(ann, into(order, 1));
    const second = turns.take(ann, into(order, 2));
    know();
    const third = turns.take(ann, into(order, 3));
    expect(order).toEqual([]);
    for (const asking of asked) asking.resolve(KNOWN);
    await Promise.all([third, second, first]);
    expect(order).toEqual([1, 2, 3]);
    expect(turns.take(ann, into(order, 4))).toBeUndefined();
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('[H27] of one connection do not wait for another', async () => {
    const { turns, asked } = underTest();
    const order: string[] = [];
    const slow = turns.take(connection(), into(order, 'slow'));
    const fast = turns.take(connection(), into(order, 'fast'));
    asked[1]?.resolve(KNOWN);
    await fast;
    asked[0]?.resolve(KNOWN);
    await slow;
    expect(order).toEqual(['fast', 'slow']);
  });

  it('[H31] come with nothing if it cannot be found out, which is logged', async () => {
    const { turns, asked, logged } = underTest();
    const taken: unknown[] = [];
    const done = turns.take(connection(), (endpoints) => void taken.push(endpoints));
    asked[0]?.reject(new Error('gone'));
    await done;
    expect(taken).toEqual([undefined]);
    expect(logged).toEqual([
      { event: 'hub.catalogue_failed', level: 'error', error: 'Error: gone' },
    ]);
  });
});
