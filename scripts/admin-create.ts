/**
 * `npm run admin:create -- --email <address> [--promote] [--production]`: creates an administrator in
 * the PostgreSQL that `DATABASE_URL` names, in the environment or in `.env.production`. The password
 * is read from `SALLYPORT_ADMIN_PASSWORD`; without it one is generated and shown once.
 *
 * @module
 */

import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';

import { readEnvFile } from './deploy/settings.ts';
import { createAdministrator, promote } from './local/administrator.ts';

const USAGE = `Usage: DATABASE_URL=postgres://… npm run admin:create -- --email you@example.com

  --promote      give an existing account the role instead of creating one
  --production   read DATABASE_URL from .env.production
  SALLYPORT_ADMIN_PASSWORD holds the password; without it one is generated and shown once.`;

try {
  console.log(await run());
} catch (error) {
  console.error(error instanceof Error ? `✖ ${error.message}` : error);
  process.exitCode = 1;
}

async function run(): Promise<string> {
  const { values } = parseArgs({
    options: {
      email: { type: 'string' },
      promote: { type: 'boolean', default: false },
      production: { type: 'boolean', default: false },
    },
  });
  const source = values.production ? await readEnvFile() : process.env;
  const connectionString = source['DATABASE_URL'];
  const email = values.email ?? process.env['SALLYPORT_ADMIN_EMAIL'];
  if (!connectionString || !email) throw new Error(USAGE);
  return values.promote ? promoted(connectionString, email) : created(connectionString, email);
}

async function created(connectionString: string, email: string): Promise<string> {
  const chosen = process.env['SALLYPORT_ADMIN_PASSWORD'];
  const password = chosen || randomBytes(18).toString('base64url');
  const { outcome } = await createAdministrator({ connectionString, email, password });
  if (outcome === 'existed') {
    throw new Error(`${email} has an account already. --promote makes it an administrator.`);
  }
  return chosen ? `Created ${email}.` : `Created ${email} with the password ${password}`;
}

async function promoted(connectionString: string, email: string): Promise<string> {
  if (!(await promote(connectionString, email))) throw new Error(`${email} has no account.`);
  return `${email} is an administrator from its next sign-in on.`;
}
