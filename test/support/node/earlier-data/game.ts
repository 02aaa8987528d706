import { createServer } from 'node:http';

import { portOf } from '../upstream-provider.ts';

export type Game = AsyncDisposable & {
  readonly url: string;
  /** The answer to every request. */
  readonly board: object;
};

/** Starts the service that is registered as `game`, at a new port. */
export async function listenAsGame(): Promise<Game> {
  const board = { squares: ['x', 'o'] };
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(board));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    board,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
