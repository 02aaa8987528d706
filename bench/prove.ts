import type { Row, Server } from './contestants/contestant.ts';
import { sendRequest } from './send-request.ts';

/**
 * Sends each row's first request once before the measurements.
 *
 * @throws {Error} If an answer is not the expected one, because its speed would mean nothing.
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
  const answer = await sendRequest(port, request);
  if (!answer.startsWith('HTTP/1.1 200') || !answer.includes(proof)) {
    throw new Error(`Cannot measure ${label}: its answer is not the expected one:\n${answer}`);
  }
}

/** Returns no request for sources that do not send complete requests. */
async function firstRequests(source: Row['source']): Promise<readonly string[]> {
  if (source.kind === 'fresh') return source.make(1);
  return 'requests' in source ? source.requests : [];
}
