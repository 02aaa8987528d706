/**
 * A peer's process: socket.io, which acknowledges an `echo` with what it brought, and emits what it is
 * posted to the namespace of the listeners. Writes its port to descriptor 3.
 *
 * @module
 */

import { writeSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { Server } from 'socket.io';

const LISTENERS = 'listeners';
const server = createServer();
// The load generator does not answer pings; none is due before the benchmark ends.
const io = new Server(server, { transports: ['websocket'], pingInterval: 3_600_000 });

io.on('connection', (socket) => {
  if (socket.handshake.query['listen'] !== undefined) void socket.join(LISTENERS);
  socket.on('echo', (sent: string, acknowledge: (answer: string) => void) => {
    acknowledge(sent);
  });
});

// Requests of sockets are answered by socket.io itself.
server.on('request', (request, response) => {
  if (request.method === 'POST') void broadcast(request, response);
});

async function broadcast(request: IncomingMessage, response: ServerResponse): Promise<void> {
  io.to(LISTENERS).emit('tick', await text(request));
  response.end('{}');
}

server.listen(0, '127.0.0.1', () => {
  writeSync(3, `${JSON.stringify(server.address())}\n`);
});
