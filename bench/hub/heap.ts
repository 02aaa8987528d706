import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Server } from '../contestants/contestant.ts';

const Reply = z.object({ id: z.number(), result: z.unknown() });
const HeapUsage = z.object({ usedSize: z.number(), backingStorageSize: z.number() });

const PATIENCE_MS = 10_000;
/** Milliseconds until the inspector has forwarded a command. */
const PASSING_MS = 500;

/**
 * The bytes of one Worker's JavaScript heap after garbage collection, which count against the isolate's
 * limit.
 *
 * @throws {Error} If the inspector does not answer.
 */
export async function usedHeap({ port, inspector }: Inspected, worker: string): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${inspector}/${worker}`);
  try {
    await once(socket, 'open');
    const collected = call(socket, 1, 'HeapProfiler.collectGarbage');
    await sleep(PASSING_MS);
    // An isolate collects garbage during a request. There is no such path.
    await fetch(`http://127.0.0.1:${port}/nothing`, { method: 'POST', body: '' });
    await collected;
    const usage = HeapUsage.parse(await call(socket, 2, 'Runtime.getHeapUsage'));
    return usage.usedSize + usage.backingStorageSize;
  } finally {
    socket.close();
  }
}

type Inspected = Pick<Server, 'port' | 'inspector'>;

async function call(socket: WebSocket, id: number, method: string): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  socket.addEventListener('message', ({ data }) => {
    const reply = Reply.safeParse(JSON.parse(String(data)));
    if (reply.success && reply.data.id === id) resolve(reply.data.result);
  });
  const patience = setTimeout(() => {
    reject(new Error(`Cannot inspect: no answer to ${method}`));
  }, PATIENCE_MS);
  socket.send(JSON.stringify({ id, method, params: {} }));
  try {
    return await promise;
  } finally {
    clearTimeout(patience);
  }
}
