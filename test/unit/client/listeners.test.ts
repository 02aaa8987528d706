import { expect, it } from 'vitest';

import { Listeners } from '../../../client/src/common/listeners.ts';

it('tells those who listened when it happened: who begins or ends meanwhile counts from the next', () => {
  const listeners = new Listeners<number>();
  const told: string[] = [];
  const late = (value: number): void => void told.push(`late ${value}`);
  const stop = listeners.add((value) => {
    told.push(`first ${value}`);
    listeners.add(late);
    stop();
  });
  listeners.tell(1);
  listeners.tell(2);
  expect(told).toEqual(['first 1', 'late 2']);
});

it('tells one function as often as it was added', () => {
  const listeners = new Listeners<number>();
  const told: number[] = [];
  const listener = (value: number): void => void told.push(value);
  const stop = listeners.add(listener);
  listeners.add(listener);
  listeners.tell(1);
  stop();
  listeners.tell(2);
  expect(told).toEqual([1, 1, 2]);
});
