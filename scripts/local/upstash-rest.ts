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
import { listenOn, readBody } from './http-server.ts';
import { type Answer, answerCommands, isPath, refuse } from './upstash-commands.ts';

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
