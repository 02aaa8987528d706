/**
 * A peer's process: socket.io, which acknowledges an `echo` with its text, and emits a posted body to the
 * namespace of the listeners. It writes its port to descriptor 3.
 *
 * @module
 */

import { writeSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { Server } from 'socket.io';

const LISTENERS = 'listeners';
const server = createServer();
// The load generator does not answer pings, so the first is due after the benchmark.
const io = new Server(server, { transports: ['websocket'], pingInterval: 3_600_000 });

io.on('connection', (socket) => {
  if (socket.handshake.query['listen'] !== undefined) void socket.join(LISTENERS);
  socket.on('echo', (sent: string, acknowledge: (answer: string) => void) => {
    acknowledge(sent);
  });
});

// socket.io answers the requests of sockets.
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
