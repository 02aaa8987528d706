import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ReceivedEvent,
  type Replay,
  replayText,
  StreamCheck,
} from '../../../../web/inspector/stream-check.ts';
import { inspector } from '../../../../workers/identity/web/kit/text/en-inspector.ts';

const EVENTS = fc.uniqueArray(fc.uuid(), { maxLength: 20 });

/** The replay of a client that resumes after `from` and gets these events. */
function replayed(from: number, events: readonly ReceivedEvent[]): Replay | undefined {
  const check = new StreamCheck();
  check.begin(from);
  check.resume(from);
  for (const event of events) check.add(event);
  return check.endReplay();
}

const numbered = (from: number, ids: readonly string[]): ReceivedEvent[] =>
  ids.map((eventId, index) => ({ sequence: from + index, eventId }));

describe('a replay', () => {
  it('has no gaps where stored events grow by one, despite events that are not stored', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), EVENTS, (from, ids) => {
        const events = numbered(from + 1, ids).flatMap((event) => [
          event,
          { sequence: event.sequence, eventId: `${event.eventId} and one that is not stored` },
        ]);
        expect(replayed(from, events)).toEqual({
          from,
          sequences: ids.map((_, index) => from + 1 + index),
          gap: undefined,
          missing: [],
          repeated: [],
        });
      }),
    );
  });

  it('lists an event that is missing, whichever it is', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.uuid(), { minLength: 2, maxLength: 20 }),
        fc.nat(),
        (ids, n) => {
          const lost = n % (ids.length - 1);
          const events = numbered(11, ids).toSpliced(lost, 1);
          expect(replayed(10, events)).toMatchObject({
            missing: [[11 + lost, 11 + lost]],
            repeated: [],
          });
        },
      ),
    );
  });

  it('lists an event that came twice, whichever it is', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 20 }),
        fc.nat(),
        (ids, n) => {
          const events = numbered(11, ids);
          const twice = events[n % ids.length];
          const replay = replayed(10, [...events, ...(twice === undefined ? [] : [twice])]);
          expect(replay).toMatchObject({ missing: [], repeated: [twice?.sequence] });
        },
      ),
    );
  });

  it('does not count events as missing that the hub reports as lost', () => {
    const gap = { sequence: 5, eventId: 'gap', gap: [6, 9] as const };
    const replay = replayed(5, [gap, { sequence: 10, eventId: 'a' }]);
    expect(replay).toEqual({ from: 5, sequences: [10], gap: [6, 9], missing: [], repeated: [] });
  });

  it('reports a hub that resumes at another sequence than the client’s', () => {
    const check = new StreamCheck();
    check.begin(5);
    check.resume(7);
    expect(check.endReplay()).toMatchObject({ missing: [[6, 7]] });
    check.resume(3);
    expect(check.endReplay()).toMatchObject({ repeated: [3] });
  });

  it('does not contain events that come after its end', () => {
    const check = new StreamCheck();
    check.begin(1);
    check.resume(1);
    check.add({ sequence: 2, eventId: 'a' });
    expect(check.endReplay()?.sequences).toEqual([2]);
    check.add({ sequence: 3, eventId: 'b' });
    expect([check.replay, check.endReplay(), check.position]).toEqual([undefined, undefined, 3]);
  });
});

describe('the text on a resumption', () => {
  const textOf = (replay: Partial<Replay>) =>
    replayText(
      { from: 4, sequences: [], gap: undefined, missing: [], repeated: [], ...replay },
      inspector.messages,
    );

  it.each([
    [{}, 'Resumed after event 4. Nothing was missed.'],
    [{ missing: [[5, 6]] as const }, 'Resumed after event 4. Replayed: 0 (–). Missing: 5–6.'],
    [{ sequences: [5] }, 'Resumed after event 4. Replayed: 1 (5). None is missing.'],
    [
      { sequences: [5, 6, 7, 9], missing: [[8, 8]] as const },
      'Resumed after event 4. Replayed: 4 (5–7, 9). Missing: 8.',
    ],
    [
      { sequences: [8], gap: [5, 7] as const },
      'Resumed after event 4. Replayed: 1 (8). No longer kept by the hub: 5–7. None is missing.',
    ],
    [
      { sequences: [5], repeated: [5] },
      'Resumed after event 4. Replayed: 1 (5). None is missing. Repeated: 5.',
    ],
  ])('describes replay %#', (replay, text) => {
    expect(textOf(replay)).toBe(text);
  });
});
