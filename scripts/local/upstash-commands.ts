/**
 * Runs the commands of a request in Upstash's REST protocol, and writes the replies of Redis as its JSON.
 *
 * @module
 */

import type { Redis } from 'ioredis';
import { z } from 'zod';

export type Answer = { readonly status: number; readonly body: unknown };

export const refuse = (status: number, error: string): Answer => ({ status, body: { error } });

type Format = { readonly base64: boolean };

const handlers = { '/': single, '/pipeline': pipeline, '/multi-exec': transaction };

export const isPath = (path: string): path is keyof typeof handlers =>
  Object.hasOwn(handlers, path);

/** Runs what `text` asks for at `path`. */
export async function answerCommands(
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

const command = z.tuple([z.string()], z.union([z.string(), z.number(), z.boolean()]));
const commands = z.array(command).min(1);

type Command = z.infer<typeof command>;

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
