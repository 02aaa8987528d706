import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from '../contestants/contestant.ts';
import { inTurns } from '../contestants/in-turns.ts';
import { residentKibibytes } from '../machine.ts';
import { Opcode } from '../sockets/frame.ts';
import { SocketClient, type Upgrade } from '../sockets/socket-client.ts';
import { usedHeap } from './heap.ts';
import type { IdleResult } from './trial-results.ts';

export type IdlePlan = {
  readonly server: Omit<Server, 'rows'>;
  /** The Worker whose heap is measured, which has the object with the sockets. */
  readonly worker: string;
  readonly path: string;
  /** Per socket. */
  readonly headers: readonly Upgrade['headers'][];
};

/** workerd lets an object hibernate after 10 s without work. */
const SETTLING_MS = 14_000;
const PATIENCE_MS = 10_000;
const AT_ONCE = 64;

/** Opens sockets that send nothing, and measures their memory once the server is idle. */
export async function measureIdle({
  server,
  worker,
  path,
  headers,
}: IdlePlan): Promise<IdleResult> {
  const { child, port } = server;
  const open = async (index: number): Promise<SocketClient> => {
    const client = new SocketClient({ port, path, headers: headers[index] ?? {} });
    await client.opened;
    return client;
  };
  // The first connection of a process loads code, which is not part of the sockets' memory.
  (await open(0)).close();
  await sleep(SETTLING_MS);
  const heapBefore = await usedHeap(server, worker);
  const before = residentKibibytes(child.pid) ?? Number.NaN;
  const clients = await inTurns(headers.length, AT_ONCE, open);
  await sleep(SETTLING_MS);
  const after = residentKibibytes(child.pid) ?? Number.NaN;
  const heapAfter = await usedHeap(server, worker);
  const answered = await countAlive(clients);
  for (const client of clients) client.close();
  return {
    sockets: clients.length,
    before: before / 1_024,
    after: after / 1_024,
    heapKilobytesEach: (heapAfter - heapBefore) / 1_000 / clients.length,
    kilobytesEach: ((after - before) * 1.024) / clients.length,
    lost: clients.length - answered,
  };
}

/** Sends each socket a keep-alive and counts the answers. */
async function countAlive(clients: readonly SocketClient[]): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const answered = new Set<SocketClient>();
  for (const client of clients) {
    client.onMessage = ({ opcode }) => {
      if (opcode === Opcode.text) answered.add(client);
      if (answered.size === clients.length) resolve(undefined);
    };
    client.send({ opcode: Opcode.text, payload: Buffer.from('ping') });
  }
  const patience = setTimeout(() => resolve(undefined), PATIENCE_MS);
  await promise;
  clearTimeout(patience);
  return answered.size;
}
