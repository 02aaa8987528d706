/**
 * Serves Neon's HTTP and WebSocket protocols in front of any PostgreSQL, so that
 * `@neondatabase/serverless` runs unchanged on a development machine.
 *
 * Both protocols reach only the database that the proxy was started with, whatever database or address
 * a request names, so the proxy is not an open relay. Requests that a web page could send are refused.
 *
 * @module
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { DatabaseError, Pool } from 'pg';
import { z } from 'zod';
import { listenOn, readBody } from './http-server.ts';
import { isIsolationLevel, type RowFormat, runBatch, runQuery } from './neon-queries.ts';
import { websocketPipe } from './neon-websocket.ts';

export type NeonProxyOptions = {
  readonly connectionString: string;
  readonly host?: string;
  /** The default, 0, takes a free port. */
  readonly port?: number;
  /** How many HTTP queries run at once. The default is 1, because PGlite has one session. */
  readonly connections?: number;
};

export type NeonProxy = {
  /** `host:port`, the value for a Worker's setting `DATABASE_PROXY`. */
  readonly host: string;
  /** Drops every connection. Safe to call twice. */
  close(): Promise<void>;
};

/**
 * Starts the proxy. It does not check that the database can be reached. Until then, queries are
 * answered with 503.
 *
 * @throws {Error} If the port is taken.
 */
export async function startNeonProxy(options: NeonProxyOptions): Promise<NeonProxy> {
  const { connectionString, host = '127.0.0.1', port = 0, connections = 1 } = options;
  const pool = new Pool({ connectionString, max: connections });
  // The database may close an idle connection; the pool opens another for the next query.
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

/** Neon's limit of a request. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

const query = z.object({ query: z.string(), params: z.array(z.unknown()).default([]) });
const body = z.union([z.object({ queries: z.array(query) }), query]);

type Answer = { readonly status: number; readonly body: unknown };

/** Answers `POST /sql`, which has one query or one transaction. */
async function answerSql(
  pool: Pool,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { status, body } = await answer(pool, request);
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  } catch {
    // The client closed the connection during its request.
    response.destroy();
  }
}

const refuse = (status: number, message: string): Answer => ({ status, body: { message } });

async function answer(pool: Pool, request: IncomingMessage): Promise<Answer> {
  if (new URL(request.url ?? '/', 'http://proxy').pathname !== '/sql') {
    return refuse(404, 'Cannot find it: only POST /sql and the WebSocket at /v2 are served');
  }
  if (request.method !== 'POST') return refuse(405, 'Cannot query: use POST');
  // Neon's clients always send this header. A web page cannot, because its preflight fails above.
  if (request.headers['neon-connection-string'] === undefined) {
    return refuse(400, 'Cannot query: the Neon-Connection-String header is missing');
  }
  const isolationLevel = request.headers['neon-batch-isolation-level'];
  if (isolationLevel !== undefined && !isIsolationLevel(String(isolationLevel))) {
    return refuse(400, 'Cannot query: the isolation level is unknown');
  }
  const text = await readBody(request, MAX_BODY_BYTES);
  if (text === undefined) return refuse(413, 'Cannot query: the request is too large');
  return runBody(pool, text, request.headers);
}

async function runBody(
  pool: Pool,
  text: string,
  headers: IncomingMessage['headers'],
): Promise<Answer> {
  const parsed = parse(text);
  if (parsed === undefined) return refuse(400, 'Cannot query: the body is not a query or a batch');
  const format: RowFormat = {
    arrayMode: headers['neon-array-mode'] === 'true',
    rawText: headers['neon-raw-text-output'] === 'true',
  };
  try {
    return {
      status: 200,
      body:
        'queries' in parsed
          ? await runBatch(pool, { ...parsed, ...batchMode(headers) }, format)
          : await runQuery(pool, parsed, format),
    };
  } catch (error) {
    return toFailure(error);
  }
}

function parse(text: string): z.infer<typeof body> | undefined {
  try {
    return body.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // It is not JSON.
  }
}

function batchMode(headers: IncomingMessage['headers']) {
  const flag = (name: string) => {
    const value = headers[name];
    return value === undefined ? undefined : value === 'true';
  };
  const isolationLevel = headers['neon-batch-isolation-level'];
  const readOnly = flag('neon-batch-read-only');
  const deferrable = flag('neon-batch-deferrable');
  return {
    ...(isolationLevel === undefined ? {} : { isolationLevel: String(isolationLevel) }),
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(deferrable === undefined ? {} : { deferrable }),
  };
}

/** The fields of PostgreSQL's error that Neon's clients read. */
const ERROR_FIELDS = new Set(
  (
    'message severity code detail hint position internalPosition internalQuery where schema table ' +
    'column dataType constraint file line routine'
  ).split(' '),
);

/** An error of PostgreSQL is 400 with its fields, and a database that cannot be reached 503. */
function toFailure(error: unknown): Answer {
  if (error instanceof DatabaseError) {
    const fields = [...Object.entries(error), ['message', error.message] as const];
    return {
      status: 400,
      body: Object.fromEntries(fields.filter(([name]) => ERROR_FIELDS.has(name))),
    };
  }
  return refuse(503, `Cannot query: ${error instanceof Error ? error.message : 'unknown failure'}`);
}
