import { describe, expect, it } from 'vitest';

import { LogIndex } from '../../../../../durable-objects/hub/streams/log-index.ts';
import { planReplay } from '../../../../../durable-objects/hub/streams/replay.ts';

const MEBIBYTE = 1_048_576;

/** A log of events of these sizes for all clients, with ids from 1. */
function aLog(...sizes: readonly number[]): LogIndex {
  const log = new LogIndex();
  for (const [index, bytes] of sizes.entries()) {
    log.add({ id: index + 1, target: 'all', eventId: `e${index + 1}`, bytes });
  }
  return log;
}

describe('the log of a hub', () => {
  it.each([
    ['as many as may be', [10, 10, 10, 10], { events: 4, bytes: 40 }, 0],
    ['one too many', [10, 10, 10, 10, 10], { events: 4, bytes: 1_000 }, 3],
    ['a byte too many', [10, 10, 10, 11], { events: 100, bytes: 40 }, 3],
    ['one that is too large by itself', [10, 100], { events: 100, bytes: 40 }, 1],
    ['nothing', [], { events: 0, bytes: 0 }, 0],
  ])('[H49] is cut to half if it has %s', (_, sizes, most, surplus) => {
    const log = aLog(...sizes);
    expect(log.surplus(most)).toBe(surplus);
    log.remove(surplus);
    expect(log.surplus(most)).toBe(log.count(['all'], 0) > 1 ? 0 : log.surplus(most));
    expect(log.has('e1')).toBe(sizes.length > 0 && surplus === 0);
  });

  it('[H52] is replayed up to 16 MiB, the newest', () => {
    const log = aLog(...Array.from({ length: 20 }, () => MEBIBYTE));
    const stored = Array.from({ length: 20 }, (_, index) => index + 1);
    expect(planReplay(21, stored, 1, log)).toEqual({
      from: 1,
      gap: { fromSequence: 2, toSequence: 5 },
      events: stored.slice(4),
      sequence: 6,
    });
    expect(planReplay(21, stored, 21, log)).toMatchObject({ gap: undefined, events: [] });
    expect(planReplay(21, stored.slice(17), 19, log)).toMatchObject({
      gap: undefined,
      events: [19, 20],
      sequence: 20,
    });
  });
});
