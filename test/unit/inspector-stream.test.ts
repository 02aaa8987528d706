import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replayText } from '../../web/inspector/replay-text.ts';
import { type Replay, type SeenEvent, StreamCheck } from '../../web/inspector/stream-check.ts';
import { en } from '../../workers/identity/web/kit/text/en.ts';

const EVENTS = fc.uniqueArray(fc.uuid(), { maxLength: 20 });

/** A client that was at `from` comes back and gets these. */
function replayed(from: number, events: readonly SeenEvent[]): Replay | undefined {
  const check = new StreamCheck();
  check.begin(from);
  check.resume(from);
  for (const event of events) check.take(event);
  return check.endReplay();
}

const numbered = (from: number, ids: readonly string[]): SeenEvent[] =>
  ids.map((eventId, index) => ({ sequence: from + index, eventId }));

describe('what a resumption brought', () => {
  it('is whole where the events count on by one, whatever does not count comes between', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), EVENTS, (from, ids) => {
        const events = numbered(from + 1, ids).flatMap((event) => [
          event,
          { sequence: event.sequence, eventId: `${event.eventId} and one that is not kept` },
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

  it('names the one that is missing, whichever it is', () => {
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

  it('names the one that came twice, whichever it is', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 20 }),
        fc.nat(),
        (ids, n) => {
          const events = numbered(11, ids);
          const twice = events[n % ids.length];
          const told = replayed(10, [...events, ...(twice === undefined ? [] : [twice])]);
          expect(told).toMatchObject({ missing: [], repeated: [twice?.sequence] });
        },
      ),
    );
  });

  it('misses nothing of what the hub says that it no longer has', () => {
    const gap = { sequence: 5, eventId: 'gap', gap: [6, 9] as const };
    const told = replayed(5, [gap, { sequence: 10, eventId: 'a' }]);
    expect(told).toEqual({ from: 5, sequences: [10], gap: [6, 9], missing: [], repeated: [] });
  });

  it('tells a hub that goes on elsewhere than where the client was', () => {
    const check = new StreamCheck();
    check.begin(5);
    check.resume(7);
    expect(check.endReplay()).toMatchObject({ missing: [[6, 7]] });
    check.resume(3);
    expect(check.endReplay()).toMatchObject({ repeated: [3] });
  });

  it('is over once it is: what comes then is new', () => {
    const check = new StreamCheck();
    check.begin(1);
    check.resume(1);
    check.take({ sequence: 2, eventId: 'a' });
    expect(check.endReplay()?.sequences).toEqual([2]);
    check.take({ sequence: 3, eventId: 'b' });
    expect([check.replay, check.endReplay(), check.position]).toEqual([undefined, undefined, 3]);
  });
});

describe('the text on a resumption', () => {
  const textOf = (replay: Partial<Replay>) =>
    replayText(
      { from: 4, sequences: [], gap: undefined, missing: [], repeated: [], ...replay },
      en.inspector.messages,
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
  ])('%#', (replay, text) => {
    expect(textOf(replay)).toBe(text);
  });
});
