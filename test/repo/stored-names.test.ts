import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import { readStoredNames, type StoredNames } from '../support/node/earlier-data/stored-names.ts';

let now: StoredNames;

beforeAll(async () => {
  now = await readStoredNames(resolve('.'));
}, 60_000);

/** The beginning of a list, because entries may have been added at its end. */
const beginning = <T>(list: readonly T[] = [], { length }: readonly T[]): readonly T[] =>
  list.slice(0, length);

/*
 * An earlier version stored data under these names. Adding names is fine. To change or remove one, write
 * a migration of what is stored, and change the file of the earlier version in the same commit.
 */
describe.each(globSync('test/fixtures/data-*/stored-names.json').toSorted())('%s', (path) => {
  const before = JSON.parse(readFileSync(path, 'utf8')) as StoredNames;

  it.each(Object.entries(before.workers))(
    'the classes of %s were made by the same migrations',
    (worker, migrations) => {
      expect(beginning(now.workers[worker], migrations)).toEqual(migrations);
    },
  );

  it.each(Object.entries(before.objects))(
    '%s has the same migrations, tables and columns',
    (schema, { migrations, tables }) => {
      const { [schema]: current } = now.objects;
      expect(beginning(current?.migrations, migrations)).toEqual(migrations);
      expect(current?.tables).toMatchObject(tables);
    },
  );

  it('PostgreSQL has the same migrations, tables and columns', () => {
    const { migrations, tables } = before.postgres;
    expect(beginning(now.postgres.migrations, migrations)).toEqual(migrations);
    expect(now.postgres.tables).toMatchObject(tables);
  });

  it('texts are sealed and keys are derived for the same purposes', () => {
    expect(now.purposes).toEqual(expect.arrayContaining([...before.purposes]));
  });
});
