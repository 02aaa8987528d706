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
  if (proof === undefined) return;
  const [request] = await firstRequests(source);
  if (request === undefined) return;
  const answer = await ask(port, request);
  if (!answer.startsWith('HTTP/1.1 200') || !answer.includes(proof)) {
    throw new Error(`Cannot measure ${label}: its answer is not the right one:\n${answer}`);
  }
}

/** None of what is not asked with complete requests. */
async function firstRequests(source: Row['source']): Promise<readonly string[]> {
  if (source.kind === 'fresh') return source.make(1);
  return 'requests' in source ? source.requests : [];
}
