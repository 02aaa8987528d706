/**
 * `WebSocket /v2`: PostgreSQL's own protocol, carried in binary frames to its TCP port.
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

/** The `?address=` that clients may send is not followed: every socket leads to `database`. */
export function websocketPipe(database: DatabaseAddress): WebSocketPipe {
  const server = new WebSocketServer({ noServer: true });
  return {
    upgrade(request, socket, head) {
      const { pathname } = new URL(request.url ?? '/', 'http://proxy');
      // Web pages send an Origin, and may open a WebSocket to any address without asking first.
      if (pathname !== '/v2' || request.headers.origin !== undefined) {
        socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, (websocket) => carry(websocket, database));
    },
    close() {
      for (const websocket of server.clients) websocket.close(1001);
      server.close();
    },
  };
}

function carry(websocket: WebSocket, { host, port }: DatabaseAddress): void {
  const socket = connect({ host, port, noDelay: true });
  carryIn(websocket, socket);
  carryOut(socket, websocket);
  // Either side may go at any moment; `close` follows every error, and takes the other side along.
  websocket.on('error', () => {}).on('close', () => socket.end());
  socket.on('error', () => {}).on('close', () => websocket.close(1000));
}

function carryIn(websocket: WebSocket, socket: Socket): void {
  const isTerminated = terminateWatch();
  websocket.binaryType = 'nodebuffer';
  websocket.on('message', (data) => {
    if (!Buffer.isBuffer(data)) return;
    const flushed = socket.write(data);
    // PostgreSQL hangs up on a client that takes its leave. PGlite's server waits for the client,
    // and Neon's driver waits for the server: an open transaction would hold everybody up.
    if (isTerminated(data)) socket.end();
    else if (!flushed) waitForDrain(websocket, socket);
  });
}

function waitForDrain(websocket: WebSocket, socket: Socket): void {
  websocket.pause();
  socket.once('drain', () => websocket.resume());
}

function carryOut(socket: Socket, websocket: WebSocket): void {
  socket.on('data', (data) => {
    // One chunk in flight: a client that reads slowly holds the database back, not our memory.
    socket.pause();
    websocket.send(data, () => socket.resume());
  });
}
