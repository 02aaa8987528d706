import { describe, expect, it } from 'vitest';
import type { Contestant } from '../../../bench/contestants/contestant.ts';
import { readEvent } from '../../../bench/hub/event-frame.ts';
import { addTallies, type Received, tallyClient } from '../../../bench/hub/tally.ts';
import { trialSections } from '../../../bench/hub/trial-sections.ts';
import { select } from '../../../bench/selection.ts';
import { judge, NEVER } from '../../../bench/targets.ts';
import { emptyAnswer, responseBytes } from '../../../shared/hub-protocol/answer.ts';
import { eventBytes } from '../../../shared/hub-protocol/event.ts';

const DUE = ['a', 'b', 'c'];
const SOUND = { due: 3, lost: 0, doubled: 0, strayed: 0, disordered: 0 };

/** Events with the letters as ids, in that order. The letter's place in the alphabet is its sequence. */
const received = (letters: string): Received[] =>
  letters.split('').map((eventId) => ({ eventId, sequence: 'abcdef'.indexOf(eventId) + 2 }));

describe('tallyClient', () => {
  it.each([
    ['all, once and in order', 'abc', {}],
    ['nothing', '', { lost: 3 }],
    ['none of the last', 'ab', { lost: 1 }],
    ['one twice', 'abbc', { doubled: 1 }],
    ['one twice and one never', 'aab', { doubled: 1, lost: 1 }],
    ['one for somebody else', 'abcd', { strayed: 1 }],
    ['one thrice', 'abcaa', { doubled: 2 }],
    // "c" comes early, and "b" late
    ['two in the wrong order', 'acb', { disordered: 2 }],
    ['none of the first', 'bc', { lost: 1, disordered: 1 }],
  ])('counts what went wrong for a client that received %s', (_, letters, flaws) => {
    expect(tallyClient(DUE, received(letters))).toEqual({ ...SOUND, ...flaws });
  });

  it('counts a sequence that does not follow the last one', () => {
    const repeated = received('abc').map((one, index) =>
      index === 1 ? { ...one, sequence: 2 } : one,
    );
    expect(tallyClient(DUE, repeated)).toEqual({ ...SOUND, disordered: 2 });
  });

  it('is summed by addTallies', () => {
    const tallies = ['abc', 'ab', 'abbc'].map((letters) => tallyClient(DUE, received(letters)));
    expect(addTallies(tallies)).toEqual({ ...SOUND, due: 9, lost: 1, doubled: 1 });
  });
});

describe('readEvent', () => {
  it('reads an event with its sequence, and returns undefined for a response', () => {
    const payload = { eventName: 'n', eventId: 'e', timestamp: '2026-11-25T00:00:00.000Z' };
    expect(readEvent(Buffer.from(eventBytes({ ...payload, resumed: true }, 9, 1n)))).toEqual({
      eventName: 'n',
      eventId: 'e',
      resumed: true,
      sequence: 9,
    });
    const correlation = { flags: 0, channel: 0, sequence: 9, messageId: 1n };
    expect(readEvent(Buffer.from(responseBytes(correlation, emptyAnswer('OK'))))).toBeUndefined();
  });
});

describe('judge', () => {
  it('misses a bound of NEVER at the first occurrence', () => {
    expect(judge('c', NEVER, 0)).toMatchObject({ measured: '0.00', verdict: 'met' });
    expect(judge('c', NEVER, 1).verdict).toBe('MISSED by 1');
    expect(judge('c', NEVER, undefined).verdict).toBe('INVALID');
  });
});

describe('select', () => {
  const contestant: Contestant = () => Promise.reject(new Error('Cannot start: not asked to'));
  const all = { requests: { noop: contestant, jose: contestant }, sockets: { ws: contestant } };
  const selected = (only?: readonly string[]) => {
    const { requests, sockets, trials } = select(only, all);
    return [...Object.keys(requests), ...Object.keys(sockets), ...trials];
  };

  it('selects everything, or what is named', () => {
    expect(selected()).toEqual(['noop', 'jose', 'ws', 'hub-idle', 'hub-storm', 'hub-soak']);
    expect(selected(['jose', 'hub-soak'])).toEqual(['jose', 'hub-soak']);
  });

  it('selects all that concerns sockets by the name hub', () => {
    expect(selected(['hub'])).toEqual(['ws', 'hub-idle', 'hub-storm', 'hub-soak']);
  });

  it('refuses an unknown name', () => {
    expect(() => select(['nope'], all)).toThrow('nope');
  });
});

describe('trialSections', () => {
  it('shows only the trials that ran', () => {
    const storm = { sockets: 2_000, seconds: 1.234, resumed: 1_999, failures: 1 };
    const shown = new Map(trialSections({ storm }));
    const killed = shown.get('Hub: killed and started again');
    expect(shown.get('Hub: idle sockets')).toBe('');
    expect(killed).toMatch(/storm: resumed +\| +1,999 \|/);
    expect(killed).toMatch(/until all had resumed +\| +1\.23 \|/);
    expect(killed).not.toContain('soak');
  });
});
