import { setTimeout as sleep } from 'node:timers/promises';

import type { Address } from './port.ts';

const PATIENCE_MS = 30_000;
const INTERVAL_MS = 50;

/**
 * Waits until `GET /health` says `UP`.
 *
 * @throws {Error} With the last answer, if it does not within 30 s; or the signal's reason.
 */
export async function untilHealthy({ host, port }: Address, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  const url = `http://${reachable(host)}:${port}/health`;
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask(url);
    if (answer.isUp) return;
    if (Date.now() > deadline) {
      throw new Error(`Cannot start: not healthy after 30 s. GET /health answers: ${answer.text}`);
    }
    await sleep(INTERVAL_MS);
  }
}

/** The address to call where a server listens on every one. */
export const reachable = (host: string): string =>
  host === '0.0.0.0' || host === '*' || host === '::' ? '127.0.0.1' : host;

async function ask(url: string): Promise<{ readonly isUp: boolean; readonly text: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    const text = await response.text();
    return { isUp: response.ok && /"status"\s*:\s*"UP"/.test(text), text };
  } catch (error) {
    return { isUp: false, text: String(error) };
  }
}
