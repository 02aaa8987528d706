/**
 * A peer's process: `ws`, which echoes messages, and sends a posted body to every socket that is not for
 * echoes. It writes its port to descriptor 3.
 *
 * @module
 */

import { writeSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { WebSocketServer } from 'ws';

const server = createServer((request, response) => void broadcast(request, response));

async function broadcast(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const bytes = await buffer(request);
  for (const client of listeners.clients) client.send(bytes);
  response.end('{}');
}

const echoes = new WebSocketServer({ noServer: true });
const listeners = new WebSocketServer({ noServer: true });

server.on('upgrade', (request, socket, head) => {
  const sockets = request.url === '/echo' ? echoes : listeners;
  sockets.handleUpgrade(request, socket, head, (client) => {
    client.on('message', (data, binary) => {
      client.send(data, { binary });
    });
  });
});

server.listen(0, '127.0.0.1', () => {
  writeSync(3, `${JSON.stringify(server.address())}\n`);
});
