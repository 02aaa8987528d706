import { Client } from 'pg';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connects to a PostgreSQL while `work` needs it.
 *
 * @throws {Error} If it does not answer. The message names the host, and never has the password.
 */
export async function withPostgres<T>(
  connectionString: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({
    connectionString,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // Without a listener, a connection that breaks between two queries would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => {});
    const { host } = new URL(connectionString);
    throw new Error(
      `Cannot connect to the PostgreSQL at ${host} (DATABASE_URL): ${reasonOf(error)}`,
      { cause: error },
    );
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Node tries all addresses of a host, and the error for all of them has no message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
