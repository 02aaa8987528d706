import { describe, expect, it } from 'vitest';

import { type Migration, pendingMigrations } from '../../../scripts/local/migrate.ts';

const aMigration = (path: string, checksum = `sum of ${path}`): Migration => {
  const [worker = '', name = ''] = path.split('/');
  return { worker, name, checksum };
};
const some = (...paths: string[]) => paths.map((path) => aMigration(path));

describe('pendingMigrations()', () => {
  it('returns all migrations in order at first, and none after all were applied', () => {
    const declared = some('a/0001', 'a/0002', 'b/0001');
    expect(pendingMigrations(declared, [])).toEqual(declared);
    expect(pendingMigrations(declared, declared.toReversed())).toEqual([]);
  });

  it('returns the appended migrations of every Worker', () => {
    const declared = some('a/0001', 'a/0002', 'b/0001', 'b/0002');
    expect(pendingMigrations(declared, some('b/0001', 'a/0001'))).toEqual(some('a/0002', 'b/0002'));
    expect(pendingMigrations(declared, some('b/0001', 'b/0002'))).toEqual(some('a/0001', 'a/0002'));
  });

  it('refuses an applied migration that was edited', () => {
    const applied = [aMigration('a/0001', 'another sum')];
    expect(() => pendingMigrations(some('a/0001'), applied)).toThrow('a/0001 was edited');
  });

  it('refuses an applied migration that is missing, or moved to another Worker', () => {
    expect(() => pendingMigrations(some('b/0001'), some('a/0001'))).toThrow('a/0001 is gone');
  });

  it('refuses a new migration before an applied one of its Worker', () => {
    const declared = some('a/0001', 'a/0002', 'a/0003');
    expect(() => pendingMigrations(declared, some('a/0001', 'a/0003'))).toThrow(
      'a/0002 comes before applied a/0003',
    );
  });
});
