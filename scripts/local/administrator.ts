/**
 * Creates administrators in the database, because the API needs one to create another.
 *
 * @module
 */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { drizzle } from 'drizzle-orm/node-postgres';

import { newAccountId } from '../../shared/ids.ts';
import { type EmailAddress, parseEmailAddress } from '../../workers/identity/accounts/account.ts';
import { PostgresAccountStore } from '../../workers/identity/accounts/account-store.ts';
import { argon2id, type PasswordHashing } from '../../workers/identity/accounts/argon2.ts';
import { PASSWORD_FAULTS, passwordFault } from '../../workers/identity/accounts/password-policy.ts';
import { withPostgres } from './postgres.ts';

export type AdministratorRequest = {
  readonly connectionString: string;
  readonly email: string;
  readonly password: string;
};

/**
 * `existed` means that the address has an account, which was not changed. `isPassword` tells whether the
 * given password is that account's, and `isAdministrator` whether it has the role.
 */
export type AdministratorOutcome =
  | { readonly outcome: 'created' }
  | {
      readonly outcome: 'existed';
      readonly isPassword: boolean;
      readonly isAdministrator: boolean;
    };

/**
 * Creates an account with the roles `admin` and `user`, unless its address has one.
 *
 * @throws {Error} If the address or the password would not be accepted at registration, or the
 *   database does not answer.
 */
export async function createAdministrator(
  request: AdministratorRequest,
): Promise<AdministratorOutcome> {
  const email = acceptedEmail(request.email);
  refuseWeakPassword(request);
  const hashing = await loadHashing();
  return withPostgres(request.connectionString, async (client) => {
    const store = new PostgresAccountStore(drizzle(client));
    const created = await store.create({
      id: newAccountId(),
      email,
      username: null,
      displayName: 'Administrator',
      passwordHash: hashing.hash(request.password),
      roles: ['admin', 'user'],
      createdAt: Date.now(),
    });
    if (created.ok) return { outcome: 'created' };
    const found = await store.findCredentials(email.normalized);
    const phc = found?.passwordHash ?? undefined;
    return {
      outcome: 'existed',
      isPassword: phc !== undefined && hashing.verify(phc, request.password),
      isAdministrator: found?.account.roles.includes('admin') ?? false,
    };
  });
}

/** Gives an existing account the role `admin`. Returns whether the account exists. */
export async function promote(connectionString: string, address: string): Promise<boolean> {
  const { normalized } = acceptedEmail(address);
  return withPostgres(connectionString, async (client) => {
    const { rowCount } = await client.query(
      `UPDATE identity.accounts SET updated_at = now(), version = version + 1, roles =
         CASE WHEN 'admin' = ANY (roles) THEN roles ELSE array_append(roles, 'admin') END
       WHERE email_normalized = $1`,
      [normalized],
    );
    return rowCount === 1;
  });
}

function acceptedEmail(address: string): EmailAddress {
  const email = parseEmailAddress(address);
  if (email === undefined) {
    throw new Error('Cannot create the administrator: the e-mail address is invalid');
  }
  return email;
}

function refuseWeakPassword({ email, password }: AdministratorRequest): void {
  const fault = passwordFault(password, { email, username: undefined, displayName: undefined });
  if (fault === undefined) return;
  throw new Error(`Cannot create the administrator: the password: ${PASSWORD_FAULTS[fault]}`);
}

async function loadHashing(): Promise<PasswordHashing> {
  const path = createRequire(import.meta.url).resolve('@phi-ag/argon2/argon2.wasm');
  const { instance } = await WebAssembly.instantiate(await readFile(path));
  return argon2id(instance);
}
