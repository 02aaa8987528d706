/**
 * `POST /sql`: Neon's protocol of one HTTP request for one query or one transaction.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http';

import { DatabaseError, type Pool } from 'pg';
import { z } from 'zod';

import { readBody } from './http-body.ts';
import { isIsolationLevel, type RowFormat, runBatch, runQuery } from './neon-sql.ts';

/** Neon's own limit of a request. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

const query = z.object({ query: z.string(), params: z.array(z.unknown()).default([]) });
const body = z.union([z.object({ queries: z.array(query) }), query]);

type Answer = { readonly status: number; readonly body: unknown };

export async function answerSql(
  pool: Pool,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { status, body } = await answer(pool, request);
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  } catch {
    // The client went away in the middle of its request: nobody is left to answer.
    response.destroy();
  }
}

const refuse = (status: number, message: string): Answer => ({ status, body: { message } });

async function answer(pool: Pool, request: IncomingMessage): Promise<Answer> {
  if (new URL(request.url ?? '/', 'http://proxy').pathname !== '/sql') {
    return refuse(404, 'Cannot find it: only POST /sql and the WebSocket at /v2 are served');
  }
  if (request.method !== 'POST') return refuse(405, 'Cannot query: use POST');
  // Neon's clients always send it; a web page cannot without a preflight, which fails above.
  if (request.headers['neon-connection-string'] === undefined) {
    return refuse(400, 'Cannot query: the Neon-Connection-String header is missing');
  }
  const isolationLevel = request.headers['neon-batch-isolation-level'];
  if (isolationLevel !== undefined && !isIsolationLevel(String(isolationLevel))) {
    return refuse(400, 'Cannot query: the isolation level is unknown');
  }
  const text = await readBody(request, MAX_BODY_BYTES);
  if (text === undefined) return refuse(413, 'Cannot query: the request is too large');
  return run(pool, text, request.headers);
}

async function run(pool: Pool, text: string, headers: IncomingMessage['headers']): Promise<Answer> {
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
    return failure(error);
  }
}

function parse(text: string): z.infer<typeof body> | undefined {
  try {
    return body.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // Not JSON.
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

/** What PostgreSQL refused is 400 with its own fields; a database that cannot be reached is 503. */
function failure(error: unknown): Answer {
  if (error instanceof DatabaseError) {
    const fields = [...Object.entries(error), ['message', error.message] as const];
    return {
      status: 400,
      body: Object.fromEntries(fields.filter(([name]) => ERROR_FIELDS.has(name))),
    };
  }
  return refuse(503, `Cannot query: ${error instanceof Error ? error.message : 'unknown failure'}`);
}
