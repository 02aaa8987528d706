import { createServer } from 'node:net';

export type Address = { readonly host: string; readonly port: number };

/** @throws {Error} Naming the port, if another process listens on it. */
export async function assertFree({ host, port }: Address): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explained(error, { host, port })));
    server.listen({ host, port, exclusive: true }, resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}

function explained(error: Error, { host, port }: Address): Error {
  const code = 'code' in error ? error.code : undefined;
  const reason =
    code === 'EADDRINUSE'
      ? `port ${port} is in use. Stop what uses it, or choose another: PORT=${port + 1} npm start`
      : `cannot listen on ${host}:${port} (${String(code)})`;
  return new Error(`Cannot start: ${reason}`, { cause: error });
}
