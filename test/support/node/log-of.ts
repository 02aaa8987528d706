import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { inject } from 'vitest';

export type Logged = Readonly<Record<string, unknown>> & { readonly event: string };

const ATTEMPTS = 50;

/**
 * Finds the log event with an answer's correlation id. The log may be written after the answer.
 *
 * @throws {Error} If there is no such event.
 */
export async function logEventOf(event: string, headers: Headers): Promise<Logged> {
  const id = headers.get('x-correlation-id');
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const lines = (await readFile(inject('logFile'), 'utf8')).split('\n').slice(0, -1);
    const events = lines.flatMap(readEvent);
    const found = events.find((one) => one['correlationId'] === id && one.event === event);
    if (found !== undefined) return found;
    await sleep(100);
  }
  throw new Error(`The log has no ${event} of ${id}`);
}

/** The runtime writes lines of its own, which are text, between ours. */
function readEvent(line: string): readonly Logged[] {
  try {
    return [JSON.parse(line) as Logged];
  } catch {
    return [];
  }
}
