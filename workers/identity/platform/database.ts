import { neon, neonConfig } from '@neondatabase/serverless';
import { drizzle } from 'drizzle-orm/neon-http';
import {
  type PgDatabase,
  type PgQueryResultHKT,
  type PgTimestampBuilderInitial,
  timestamp,
} from 'drizzle-orm/pg-core';
import { Problem } from '../../../shared/http/problem.ts';
import { err, ok, type Result } from '../../../shared/result.ts';

export type DatabaseSettings = {
  readonly databaseUrl: string;
  /** `host:port` of a local Neon proxy; empty where Neon itself answers. */
  readonly databaseProxy: string;
};

/** What stores query. */
export type Database = PgDatabase<PgQueryResultHKT>;

/** A column of the type `timestamptz`. */
export const instant = (name: string): PgTimestampBuilderInitial<string> =>
  timestamp(name, { withTimezone: true, mode: 'date' });

const TIMEOUT = 10_000;

/** Opens the database for one request. A client's connections belong to the request that made it. */
export function openDatabase({ databaseUrl, databaseProxy }: DatabaseSettings): Database {
  if (databaseProxy !== '') neonConfig.fetchEndpoint = `http://${databaseProxy}/sql`;
  const client = neon(databaseUrl, { fetchOptions: { signal: AbortSignal.timeout(TIMEOUT) } });
  return drizzle(client);
}

/** The database did not answer, or not as it should. The message has no values of the query. */
export class DatabaseFailure extends Error {
  override readonly name = 'DatabaseFailure';
}

/**
 * The database refused what the request brought: a character, a number or a combination that it does not
 * take. Asking again does not help.
 */
export class InputRefused extends Problem {
  constructor(what: string, code: string) {
    super('VALIDATION_ERROR', {
      detail: 'The request has a value that cannot be stored',
      cause: new DatabaseFailure(`Cannot query ${what}: ${code}`),
    });
  }
}

/** The unique constraint that a write would have broken. */
export type Conflict = { readonly constraint: string };

const UNIQUE_VIOLATION = '23505';

/**
 * Waits for a query.
 *
 * @param what - What is queried, for the log.
 * @throws {DatabaseFailure}
 */
export async function querying<T>(what: string, query: PromiseLike<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    throw failure(what, error);
  }
}

/** As {@link querying}, for a query that may conflict with an existing row. */
export async function writing<T>(
  what: string,
  query: PromiseLike<T>,
): Promise<Result<T, Conflict>> {
  try {
    return ok(await query);
  } catch (error) {
    const constraint = member(causeOf(error), 'constraint');
    if (codeOf(error) === UNIQUE_VIOLATION && typeof constraint === 'string') {
      return err({ constraint });
    }
    throw failure(what, error);
  }
}

/**
 * Data exceptions, broken constraints and statements that are too complex (PostgreSQL, Appendix A): the input
 * is at fault, whatever should have refused it before.
 */
const OF_INPUT = /^(?:22|23|54)/;

/** drizzle's message and PostgreSQL's details quote values, so neither may be logged. */
function failure(what: string, error: unknown): DatabaseFailure | InputRefused {
  const code = codeOf(error);
  if (code !== undefined && OF_INPUT.test(code)) return new InputRefused(what, code);
  return new DatabaseFailure(`Cannot query ${what}: ${code ?? 'the database did not answer'}`);
}

const codeOf = (error: unknown): string | undefined => {
  const code = member(causeOf(error), 'code');
  return typeof code === 'string' ? code : undefined;
};

/** drizzle wraps what the driver threw, and the cause has the code and the constraint. */
const causeOf = (error: unknown): unknown =>
  error instanceof Error && error.cause !== undefined ? error.cause : error;

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
