/**
 * `npm run admin:create -- --email <address> [--promote] [--production]`: creates an administrator in
 * the PostgreSQL that `DATABASE_URL` names.
 *
 * @module
 */

import { randomBytes } from 'node:crypto';

import { runCommand, UsageError } from './command/run-command.ts';
import { createAdministrator, promote } from './local/administrator.ts';
import { readDatabaseUrl } from './settings/database-url.ts';

const USAGE = `DATABASE_URL=postgres://… npm run admin:create -- --email you@example.com

  --email ADDRESS   whose account it is (or SALLYPORT_ADMIN_EMAIL)
  --promote         give an existing account the role instead of creating one
  --production      read DATABASE_URL from .env.production, and not from the environment
  -h, --help        show this

  SALLYPORT_ADMIN_PASSWORD holds the password; without it one is generated and shown once.`;

await runCommand({
  usage: USAGE,
  options: {
    email: { type: 'string' },
    promote: { type: 'boolean', default: false },
    production: { type: 'boolean', default: false },
  },
  async run({ email: given, promote: promotes, production }) {
    const { databaseUrl, settings } = await readDatabaseUrl({ production });
    const email = given ?? settings['SALLYPORT_ADMIN_EMAIL'];
    if (email === undefined) throw new UsageError('--email is missing');
    const password = settings['SALLYPORT_ADMIN_PASSWORD'];
    console.log(
      promotes ? await promoted(databaseUrl, email) : await created(databaseUrl, email, password),
    );
  },
});

async function created(
  connectionString: string,
  email: string,
  chosen: string | undefined,
): Promise<string> {
  const password = chosen ?? randomBytes(18).toString('base64url');
  const { outcome } = await createAdministrator({ connectionString, email, password });
  if (outcome === 'existed') {
    throw new Error(`${email} has an account already. --promote makes it an administrator.`);
  }
  return chosen !== undefined
    ? `Created ${email}.`
    : `Created ${email} with the password ${password}`;
}

async function promoted(connectionString: string, email: string): Promise<string> {
  if (!(await promote(connectionString, email))) throw new Error(`${email} has no account.`);
  return `${email} is an administrator from its next sign-in on.`;
}
