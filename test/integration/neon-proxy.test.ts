import { NeonDbError, neon, Pool } from '@neondatabase/serverless';
import { sql as sqlOf } from 'drizzle-orm';
import { drizzle as drizzleHttp } from 'drizzle-orm/neon-http';
import { drizzle as drizzleWebSocket } from 'drizzle-orm/neon-serverless';
import { integer, jsonb, pgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { onEachDatabase } from '../support/node/each-database.ts';
import { behindProxy, type LocalNeon, useLocalProxies } from '../support/node/neon-local.ts';

useLocalProxies();

const items = pgTable('items', { id: integer('id').primaryKey(), data: jsonb('data') });

const INSERT = 'INSERT INTO items (id) VALUES ($1)';

const failure = (query: Promise<unknown>): Promise<unknown> =>
  query.then(
    () => undefined,
    (error: unknown) => error,
  );

async function pooled<T>(
  { connectionString }: LocalNeon,
  work: (pool: Pool) => Promise<T>,
): Promise<T> {
  const pool = new Pool({ connectionString });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

onEachDatabase("Neon's driver through the local proxy", (database) => {
  let local: LocalNeon;
  beforeAll(async () => {
    local = await behindProxy(database());
    await sql().query('CREATE TABLE items (id integer PRIMARY KEY, data jsonb)');
  });
  afterAll(() => local.close());
  beforeEach(() => sql().query('TRUNCATE items'));

  const sql = () => neon(local.connectionString);
  const ids = async () =>
    (await sql().query('SELECT id FROM items ORDER BY id')).map(({ id }) => id);
  describe('HTTP', () => {
    it('parses values by their PostgreSQL types', async () => {
      const rows = await sql()`SELECT 1 AS int, 'text'::text, NULL AS nothing, true AS yes,
        9007199254740993 AS big, 1.50 AS exact, 0.5::float8 AS float, ARRAY[1,2] AS list,
        '{"a":[1]}'::jsonb AS json, '\\x00ff'::bytea AS bytes,
        to_char('2026-11-22T12:00:00Z'::timestamptz, 'YYYY-MM-DD') AS day`;
      expect(rows).toEqual([
        {
          int: 1,
          text: 'text',
          nothing: null,
          yes: true,
          big: '9007199254740993',
          exact: '1.50',
          float: 0.5,
          list: [1, 2],
          json: { a: [1] },
          bytes: Buffer.from([0, 255]),
          day: '2026-11-22',
        },
      ]);
    });

    it('accepts parameters of every type', async () => {
      const at = new Date(1_764_000_000_123);
      const rows = await sql()`SELECT ${null}::text AS a, ${'é\n'}::text AS b, ${-7}::int AS c,
        ${true}::bool AS d, ${[3, 4]}::int[] AS e, ${{ k: 'v' }}::jsonb AS f, 
        extract(epoch FROM ${at}::timestamptz)::float8 AS g,
        ${Buffer.from([1, 0])}::bytea AS h`;
      expect(rows).toEqual([
        {
          a: null,
          b: 'é\n',
          c: -7,
          d: true,
          e: [3, 4],
          f: { k: 'v' },
          g: 1_764_000_000.123,
          h: Buffer.from([1, 0]),
        },
      ]);
    });

    it('returns arrays, counts and fields if asked', async () => {
      const options = { arrayMode: true, fullResults: true } as const;
      const result = await sql().query('SELECT 1 AS a, 2 AS a', [], options);
      expect(result).toMatchObject({ rows: [[1, 2]], rowCount: 1, command: 'SELECT' });
      expect(result.fields.map(({ name, dataTypeID }) => [name, dataTypeID])).toEqual([
        ['a', 23],
        ['a', 23],
      ]);
    });

    it('refuses two statements in one query', async () => {
      expect(await failure(sql().query('SELECT 1; SELECT 2'))).toMatchObject({ code: '42601' });
    });

    it("reports PostgreSQL's error with its fields", async () => {
      await sql().query(INSERT, [1]);
      const error = await failure(sql().query(INSERT, [1]));
      expect(error).toBeInstanceOf(NeonDbError);
      expect(error).toMatchObject({
        code: '23505',
        severity: 'ERROR',
        constraint: 'items_pkey',
        table: 'items',
        schema: 'public',
        detail: 'Key (id)=(1) already exists.',
        message: expect.stringContaining('duplicate key'),
      });
      const syntax = await failure(sql().query('SELEC 1'));
      expect(syntax).toMatchObject({ code: '42601', position: '1' });
    });

    it('works after errors, one by one and many at once', async () => {
      const queries = Array.from({ length: 40 }, (_, n) =>
        n % 2 === 0
          ? sql()`SELECT ${n}::int AS n`
          : failure(sql()`SELECT ${n}::int / ${0}::int AS n`),
      );
      const answers = await Promise.all(queries);
      for (const [n, answer] of answers.entries()) {
        if (n % 2 === 0) expect(answer).toEqual([{ n }]);
        else expect(answer).toMatchObject({ code: '22012' });
      }
    });

    it('runs a batch whole or not at all', async () => {
      const db = sql();
      await db.transaction([db.query(INSERT, [1]), db.query(INSERT, [2])]);
      expect(await ids()).toEqual([1, 2]);
      const error = await failure(db.transaction([db.query(INSERT, [3]), db.query(INSERT, [1])]));
      expect(error).toMatchObject({ code: '23505' });
      expect(await ids()).toEqual([1, 2]);
    });

    it('runs a batch at the requested isolation level and access mode', async () => {
      const db = sql();
      const modes = [
        db.query('SHOW transaction_isolation'),
        db.query('SHOW transaction_read_only'),
      ];
      const options = { isolationLevel: 'Serializable', readOnly: true, deferrable: true } as const;
      expect((await db.transaction(modes, options)).flat()).toEqual([
        { transaction_isolation: 'serializable' },
        { transaction_read_only: 'on' },
      ]);
      const write = failure(db.transaction([db.query(INSERT, [1])], { readOnly: true }));
      expect(await write).toMatchObject({ code: '25006' });
      expect(await db.transaction([db.query('SHOW transaction_isolation')])).toEqual([
        [{ transaction_isolation: 'read committed' }],
      ]);
    });

    it('transfers megabytes in both directions', async () => {
      const text = 'é'.repeat(1_500_000);
      const [row] = await sql()`SELECT ${text}::text || 'x' AS text`;
      expect(row?.['text']).toHaveLength(text.length + 1);
    });
  });

  describe('drizzle over HTTP', () => {
    it('inserts, returns and selects', async () => {
      const db = drizzleHttp(sql());
      const row = { id: 7, data: { nested: ['é', 1, null] } };
      expect(await db.insert(items).values(row).returning()).toEqual([row]);
      expect(await db.select().from(items)).toEqual([row]);
    });

    it('has the code and the constraint of a violation in the cause', async () => {
      const db = drizzleHttp(sql());
      await db.insert(items).values({ id: 7 });
      const error = await failure(db.insert(items).values({ id: 7 }).execute());
      expect(error).toMatchObject({ cause: { code: '23505', constraint: 'items_pkey' } });
    });

    it('runs a batch whole or not at all', async () => {
      const db = drizzleHttp(sql());
      const [inserted, selected] = await db.batch([
        db.insert(items).values({ id: 1 }).returning(),
        db.select().from(items),
      ]);
      expect([inserted, selected]).toEqual([[{ id: 1, data: null }], [{ id: 1, data: null }]]);
      const again = [{ id: 2 }, { id: 1 }].map((row) => db.insert(items).values(row));
      const [first, second] = again;
      if (first === undefined || second === undefined) throw new Error('Cannot build the batch');
      expect(await failure(db.batch([first, second]))).toBeInstanceOf(Error);
      expect(await ids()).toEqual([1]);
    });
  });

  describe('WebSocket', () => {
    it('commits a transaction, which is not visible before', async () => {
      await pooled(local, async (pool) => {
        const client = await pool.connect();
        await client.query('BEGIN');
        await client.query(INSERT, [1]);
        const outside = ids(); // PGlite answers after the transaction, PostgreSQL at once.
        expect((await client.query('SELECT count(*)::int AS n FROM items')).rows).toEqual([
          { n: 1 },
        ]);
        await client.query('ROLLBACK');
        expect(await outside).toEqual([]);
        await client.query('BEGIN');
        await client.query(INSERT, [2]);
        await client.query('COMMIT');
        client.release();
      });
      expect(await ids()).toEqual([2]);
    });

    it('isolates the transactions of concurrent clients', async () => {
      await sql().query(INSERT, [0]);
      await pooled(local, (pool) =>
        Promise.all(
          Array.from({ length: 5 }, async () => {
            const client = await pool.connect();
            await client.query('BEGIN');
            await client.query('SELECT id FROM items FOR UPDATE');
            await client.query('UPDATE items SET id = id + 1');
            await client.query('COMMIT');
            client.release();
          }),
        ),
      );
      expect(await ids()).toEqual([5]);
    });

    it('rolls back the open transaction of a client that disconnects', async () => {
      await pooled(local, async (pool) => {
        const client = await pool.connect();
        await client.query('BEGIN');
        await client.query(INSERT, [1]);
        client.release(true);
      });
      expect(await ids()).toEqual([]);
    });

    it('runs drizzle transactions, and rolls back one that throws', async () => {
      await pooled(local, async (pool) => {
        const db = drizzleWebSocket(pool);
        await db.transaction(async (tx) => {
          await tx.insert(items).values({ id: 1, data: { a: 1 } });
          await tx.execute(sqlOf`UPDATE items SET id = 2`);
        });
        const thrown = db.transaction(async (tx) => {
          await tx.insert(items).values({ id: 3 });
          throw new Error('rolled back');
        });
        await expect(thrown).rejects.toThrow('rolled back');
      });
      expect(await ids()).toEqual([2]);
    });

    it('transfers megabytes in both directions', async () => {
      const text = 'é'.repeat(1_500_000);
      const rows = await pooled(local, async (pool) => {
        const result = await pool.query("SELECT $1::text || 'x' AS text", [text]);
        return result.rows as { text: string }[];
      });
      expect(rows[0]?.text).toHaveLength(text.length + 1);
    });
  });
});
