import { ask } from './ask.ts';
import type { Row, Server } from './contestants/contestant.ts';

/**
 * Asks each row's first request once, before anything is measured.
 *
 * @throws {Error} If an answer is not the right one: its speed would prove nothing.
 */
export async function proveRows(servers: readonly Server[]): Promise<void> {
  for (const { port, rows, child } of servers) {
    child.resume();
    for (const row of rows) await proveRow(port, row);
    child.pause();
  }
}

async function proveRow(port: number, { label, source, proof }: Row): Promise<void> {
  if (proof === undefined || source.kind === 'chain') return;
  const [request = ''] = source.kind === 'fresh' ? await source.make(1) : source.requests;
  const answer = await ask(port, request);
  if (!answer.startsWith('HTTP/1.1 200') || !answer.includes(proof)) {
    throw new Error(`Cannot measure ${label}: its answer is not the right one:\n${answer}`);
  }
}
