import { describe, expect, it } from 'vitest';

import { type MigratableStorage, migrate } from '../../../../shared/sql/migrate.ts';

const FIRST = { id: '0001_a', up: 'up 0001_a' };
const SECOND = { id: '0002_b', up: 'up 0002_b' };
const THIRD = { id: '0003_c', up: 'up 0003_c' };

/** Storage that stores ids of migrations, and writes down what else it is asked to run. */
function storageOf(applied: string[]) {
  const ran: string[] = [];
  const exec = (query: string, ...values: unknown[]) => {
    if (query.startsWith('INSERT INTO _migrations')) applied.push(String(values[0]));
    else if (query.startsWith('up ')) ran.push(query);
    return { toArray: () => applied.map((id) => ({ id })) };
  };
  const storage = { sql: { exec }, transactionSync: (run: () => unknown) => run() };
  return { ran, storage: storage as unknown as MigratableStorage };
}

describe('migrate', () => {
  it('runs what was not applied yet, in order', () => {
    const applied = ['0001_a'];
    const { ran, storage } = storageOf(applied);
    expect(migrate(storage, [FIRST, SECOND, THIRD])).toBe(2);
    expect(ran).toEqual(['up 0002_b', 'up 0003_c']);
    expect(applied).toEqual(['0001_a', '0002_b', '0003_c']);
  });

  it('leaves the tables of a later version as they are, as after a rollback', () => {
    const applied = ['0001_a', '0002_b', '0003_c'];
    const { ran, storage } = storageOf(applied);
    expect(migrate(storage, [FIRST, SECOND])).toBe(0);
    expect([ran, applied]).toEqual([[], ['0001_a', '0002_b', '0003_c']]);
  });

  it('refuses a history that differs from the declared one', () => {
    const { ran, storage } = storageOf(['0001_a', '0002_x']);
    expect(() => migrate(storage, [FIRST, SECOND, THIRD])).toThrow(
      'Cannot migrate: applied "0002_x" at 1, declared "0002_b"',
    );
    expect(ran).toEqual([]);
  });
});
