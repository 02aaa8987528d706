/** Opens the database of a folder, and inserts and prints rows until it is killed. */
import { Client } from 'pg';

import { startPglite } from '../../../scripts/local/pglite.ts';

const database = await startPglite({ dataDir: process.argv[2] ?? '' });
const client = new Client({ connectionString: database.connectionString });
await client.connect();
await client.query('CREATE TABLE IF NOT EXISTS rows (n int PRIMARY KEY, text text)');
for (;;) {
  const { rows } = await client.query<{ n: number }>(
    `INSERT INTO rows (n, text)
       SELECT coalesce(max(n), 0) + 1, repeat('x', 2000) FROM rows RETURNING n`,
  );
  process.stdout.write(`${rows[0]?.n}\n`);
}
