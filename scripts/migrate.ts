/**
 * `npm run migrate`: brings the schema of a PostgreSQL up to date.
 *
 * @module
 */

import { runCommand } from './command/run-command.ts';
import { migrate } from './local/migrate.ts';
import { readDatabaseUrl } from './settings/database-url.ts';

const USAGE = `DATABASE_URL=postgres://… npm run migrate [-- options]

  Applies the migrations that the database does not have yet.

  --production   read DATABASE_URL from .env.production, and not from the environment
  -h, --help     show this`;

await runCommand({
  usage: USAGE,
  options: { production: { type: 'boolean', default: false } },
  async run({ production }) {
    const { databaseUrl } = await readDatabaseUrl({ production });
    const applied = await migrate(databaseUrl);
    console.log(applied.length === 0 ? 'Nothing to migrate.' : `Applied ${applied.join(', ')}.`);
  },
});
