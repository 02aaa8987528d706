/**
 * `WebSocket /v2`: forwards PostgreSQL's protocol between binary frames and a TCP port.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { type WebSocket, WebSocketServer } from 'ws';

import { terminateWatch } from './postgres-frames.ts';

export type DatabaseAddress = { readonly host: string; readonly port: number };

export type WebSocketPipe = {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes every connection. */
  close(): void;
};

/** Every socket connects to `database`; the `?address=` of a client is ignored. */
export function websocketPipe(database: DatabaseAddress): WebSocketPipe {
  const server = new WebSocketServer({ noServer: true });
  return {
    upgrade(request, socket, head) {
      const { pathname } = new URL(request.url ?? '/', 'http://proxy');
      // A web page can open a WebSocket to any address without a preflight, but it sends an Origin.
      if (pathname !== '/v2' || request.headers.origin !== undefined) {
        socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, (websocket) => forward(websocket, database));
    },
    close() {
      for (const websocket of server.clients) websocket.close(1001);
      server.close();
    },
  };
}

function forward(websocket: WebSocket, { host, port }: DatabaseAddress): void {
  const socket = connect({ host, port, noDelay: true });
  forwardIn(websocket, socket);
  forwardOut(socket, websocket);
  // Either side may close at any time. `close` follows every error and closes the other side.
  websocket.on('error', () => {}).on('close', () => socket.end());
  socket.on('error', () => {}).on('close', () => websocket.close(1000));
}

function forwardIn(websocket: WebSocket, socket: Socket): void {
  const isTerminated = terminateWatch();
  websocket.binaryType = 'nodebuffer';
  websocket.on('message', (data) => {
    if (!Buffer.isBuffer(data)) return;
    const flushed = socket.write(data);
    // PostgreSQL closes the connection after `Terminate`. PGlite's server waits for the client, and
    // Neon's driver waits for the server, so an open transaction would block all other clients.
    if (isTerminated(data)) socket.end();
    else if (!flushed) waitForDrain(websocket, socket);
  });
}

function waitForDrain(websocket: WebSocket, socket: Socket): void {
  websocket.pause();
  socket.once('drain', () => websocket.resume());
}

function forwardOut(socket: Socket, websocket: WebSocket): void {
  socket.on('data', (data) => {
    // One chunk is in flight, so a slow client delays the database instead of filling our memory.
    socket.pause();
    websocket.send(data, () => socket.resume());
  });
}
