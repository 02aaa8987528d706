/**
 * Serves Upstash's REST protocol in front of a Redis, so that `@upstash/redis` runs unchanged on a
 * development machine. `POST /` runs one command, `/pipeline` several, and `/multi-exec` several in a
 * transaction.
 *
 * @module
 */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { listenOn, readBody } from './http-server.ts';

export type UpstashRestOptions = {
  /** The address of the Redis. */
  readonly redis: { readonly path: string } | { readonly host: string; readonly port: number };
  /** The token that clients must present. The default is a random one. */
  readonly token?: string;
  readonly host?: string;
  /** The default, 0, takes a free port. */
  readonly port?: number;
};

export type UpstashRest = {
  readonly url: string;
  readonly token: string;
  /** Closes every connection. It may be called twice. */
  close(): Promise<void>;
};

/** Upstash's limit of a request. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/**
 * Starts the server. Until Redis can be reached, commands are answered with 503.
 *
 * @throws {Error} If the port is taken.
 */
export async function startUpstashRest(options: UpstashRestOptions): Promise<UpstashRest> {
  const { host = '127.0.0.1', port = 0, token = randomBytes(24).toString('base64url') } = options;
  const redis = new Redis({ ...options.redis, protocol: 2, maxRetriesPerRequest: 1 });
  redis.on('error', () => {}); // The client reconnects, and each failed command reports its error.
  const server = createServer((request, response) => void serve(redis, token, request, response));
  const listening = await listenOn(server, { host, port });

  const close = async () => {
    await listening.close();
    redis.disconnect();
  };
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host}:${listening.port}`,
    token,
    close: () => (closing ??= close()),
  };
}

async function serve(
  redis: Redis,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { status, body } = await answer(redis, token, request);
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  } catch {
    response.destroy(); // The client closed the connection during its request.
  }
}

async function answer(redis: Redis, token: string, request: IncomingMessage): Promise<Answer> {
  if (!isAuthorized(request.headers.authorization, token)) return refuse(401, 'Unauthorized');
  const { pathname } = new URL(request.url ?? '/', 'http://upstash');
  if (!isPath(pathname))
    return refuse(404, 'ERR only /, /pipeline and /multi-exec are served here');
  if (request.method !== 'POST') return refuse(405, 'ERR use POST');
  const text = await readBody(request, MAX_BODY_BYTES);
  if (text === undefined) return refuse(413, 'ERR max request size exceeded');
  const base64 = request.headers['upstash-encoding'] === 'base64';
  return answerCommands(redis, pathname, text, { base64 });
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Compares digests in constant time, so that the time does not reveal the token. */
function isAuthorized(header: string | undefined, token: string): boolean {
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`));
}

/**
 * Upstash's commands and replies as JSON.
 **/

type Answer = { readonly status: number; readonly body: unknown };

const refuse = (status: number, error: string): Answer => ({ status, body: { error } });

const command = z.tuple([z.string()], z.union([z.string(), z.number(), z.boolean()]));
const commands = z.array(command).min(1);

type Command = z.infer<typeof command>;
type Format = { readonly base64: boolean };

const handlers = { '/': single, '/pipeline': pipeline, '/multi-exec': transaction };

const isPath = (path: string): path is keyof typeof handlers => Object.hasOwn(handlers, path);

/** Runs what `text` asks for at `path`. */
async function answerCommands(
  redis: Redis,
  path: keyof typeof handlers,
  text: string,
  format: Format,
): Promise<Answer> {
  try {
    return await handlers[path](redis, JSON.parse(text), format);
  } catch (error) {
    const message = error instanceof Error ? error.message : 'unknown failure';
    if (error instanceof SyntaxError) return refuse(400, 'ERR failed to parse command');
    return refuse(isReplyError(error) ? 400 : 503, message);
  }
}

async function single(redis: Redis, body: unknown, format: Format): Promise<Answer> {
  const { data } = command.safeParse(body);
  if (data === undefined) return refuse(400, 'ERR failed to parse command');
  const refused = refusalOf([data]);
  if (refused !== undefined) return refuse(400, refused);
  const [name, args] = toRedisCall(data);
  return { status: 200, body: { result: encode(await redis.callBuffer(name, args), format) } };
}

async function pipeline(redis: Redis, body: unknown, format: Format): Promise<Answer> {
  const { data } = commands.safeParse(body);
  if (data === undefined) return refuse(400, 'ERR failed to parse pipeline request');
  const refused = refusalOf(data);
  if (refused !== undefined) return refuse(400, refused);
  return { status: 200, body: (await send(redis, data)).map((reply) => outcome(reply, format)) };
}

async function transaction(redis: Redis, body: unknown, format: Format): Promise<Answer> {
  const { data } = commands.safeParse(body);
  if (data === undefined) return refuse(400, 'ERR failed to parse transaction request');
  const refused = refusalOf(data);
  if (refused !== undefined) return refuse(400, refused);
  const replies = await send(redis, [['MULTI'], ...data, ['EXEC']]);
  const executed = replies.at(-1);
  if (Array.isArray(executed)) {
    return { status: 200, body: executed.map((reply) => outcome(reply, format)) };
  }
  // Redis discarded the transaction; the error of the first refused command is the reason.
  const reason = replies.find((reply) => reply instanceof Error);
  return refuse(400, reason?.message ?? 'ERR the transaction was discarded');
}

/** Sends commands in one write, so that no other request's commands come between them. */
async function send(redis: Redis, list: readonly Command[]): Promise<readonly unknown[]> {
  const batch = redis.pipeline();
  for (const each of list) batch.callBuffer(...toRedisCall(each));
  const replies = (await batch.exec()) ?? [];
  const broken = replies.find(([error]) => error !== null && !isReplyError(error));
  if (broken !== undefined) throw broken[0] ?? new Error('Cannot reach Redis');
  return replies.map(([error, reply]) => error ?? reply);
}

/** ioredis transforms replies of commands in lower case only, so the name is in capitals. */
const toRedisCall = ([name, ...args]: Command): [string, string[]] => [
  name.toUpperCase(),
  args.map(String),
];

/** Commands that change or block the connection, which all requests share. */
const TCP_ONLY = new Set(
  (
    'AUTH BLMOVE BLMPOP BLPOP BRPOP BRPOPLPUSH BZMPOP BZPOPMAX BZPOPMIN CLIENT DISCARD EXEC HELLO ' +
    'MONITOR MULTI PSUBSCRIBE PUNSUBSCRIBE QUIT RESET SELECT SHUTDOWN SSUBSCRIBE SUBSCRIBE SUNSUBSCRIBE ' +
    'UNSUBSCRIBE UNWATCH WAIT WATCH'
  ).split(' '),
);

function refusalOf(list: readonly Command[]): string | undefined {
  const found = list.find(([name]) => TCP_ONLY.has(name.toUpperCase()));
  return found && `ERR Command is not available: '${found[0]}'`;
}

const outcome = (reply: unknown, format: Format) =>
  reply instanceof Error ? { error: reply.message } : { result: encode(reply, format) };

/** `OK` is not encoded, because clients recognize it by its text. */
function encode(reply: unknown, format: Format): unknown {
  if (Array.isArray(reply)) return reply.map((item: unknown) => encode(item, format));
  if (!Buffer.isBuffer(reply)) return reply instanceof Error ? reply.message : reply;
  const text = reply.toString('utf8');
  return !format.base64 || text === 'OK' ? text : reply.toString('base64');
}

const isReplyError = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ReplyError';
