import { err, ok, type Result } from '../../../shared/result.ts';

/** The database did not answer, or not as it should. Says nothing of the query's values. */
export class DatabaseFailure extends Error {
  override readonly name = 'DatabaseFailure';
}

/** A unique constraint that a write would have broken. */
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

/** Waits for a query that may meet a row like the one it writes. Else as {@link querying}. */
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

/** drizzle's message and PostgreSQL's details quote values: neither may reach a log. */
const failure = (what: string, error: unknown): DatabaseFailure =>
  new DatabaseFailure(`Cannot query ${what}: ${codeOf(error) ?? 'the database did not answer'}`);

const codeOf = (error: unknown): string | undefined => {
  const code = member(causeOf(error), 'code');
  return typeof code === 'string' ? code : undefined;
};

/** drizzle wraps what the driver threw: code and constraint are its cause's. */
const causeOf = (error: unknown): unknown =>
  error instanceof Error && error.cause !== undefined ? error.cause : error;

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
