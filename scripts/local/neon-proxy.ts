/**
 * Neon's HTTP and WebSocket protocols in front of any PostgreSQL, so that `@neondatabase/serverless`
 * runs unchanged on a development machine.
 *
 * Both protocols reach the one database this proxy was started with, whatever database or address a
 * request names: it is no open relay. Requests that a web page could send are refused.
 *
 * @module
 */

import { createServer } from 'node:http';

import { Pool } from 'pg';

import { listenOn } from './listen.ts';
import { answerSql } from './neon-http.ts';
import { websocketPipe } from './neon-websocket.ts';

export type NeonProxyOptions = {
  readonly connectionString: string;
  readonly host?: string;
  /** 0, the default: a free one. */
  readonly port?: number;
  /** How many HTTP queries run at once. 1, the default, suits PGlite, which has one session. */
  readonly connections?: number;
};

export type NeonProxy = {
  /** `host:port`, as a Worker's `DATABASE_PROXY` setting expects. */
  readonly host: string;
  /** Drops every connection. Safe to call twice. */
  close(): Promise<void>;
};

/**
 * Starts the proxy. Does not check that the database can be reached: until it can, queries are
 * answered 503.
 *
 * @throws {Error} If the port is taken.
 */
export async function startNeonProxy(options: NeonProxyOptions): Promise<NeonProxy> {
  const { connectionString, host = '127.0.0.1', port = 0, connections = 1 } = options;
  const pool = new Pool({ connectionString, max: connections });
  // An idle connection that the database drops: the pool opens another for the next query.
  pool.on('error', () => {});
  const { hostname, port: databasePort } = new URL(connectionString);
  const pipe = websocketPipe({ host: hostname, port: Number(databasePort || 5432) });

  const server = createServer((request, response) => void answerSql(pool, request, response));
  server.on('upgrade', (request, socket, head) => pipe.upgrade(request, socket, head));
  const listening = await listenOn(server, { host, port });

  const close = async () => {
    pipe.close();
    await listening.close();
    await pool.end();
  };
  let closing: Promise<void> | undefined;
  return { host: `${host}:${listening.port}`, close: () => (closing ??= close()) };
}
