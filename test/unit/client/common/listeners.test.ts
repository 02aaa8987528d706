import { expect, it } from 'vitest';

import { Listeners } from '../../../../client/src/common/listeners.ts';

it('Listeners calls those added before the event: additions and removals during it count from the next', () => {
  const listeners = new Listeners<number>();
  const calls: string[] = [];
  const late = (value: number): void => void calls.push(`late ${value}`);
  const stop = listeners.add((value) => {
    calls.push(`first ${value}`);
    listeners.add(late);
    stop();
  });
  listeners.emit(1);
  listeners.emit(2);
  expect(calls).toEqual(['first 1', 'late 2']);
});

it('Listeners calls a function as often as it was added', () => {
  const listeners = new Listeners<number>();
  const calls: number[] = [];
  const listener = (value: number): void => void calls.push(value);
  const stop = listeners.add(listener);
  listeners.add(listener);
  listeners.emit(1);
  stop();
  listeners.emit(2);
  expect(calls).toEqual([1, 1, 2]);
});
