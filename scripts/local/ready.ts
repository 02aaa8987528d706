import { setTimeout as sleep } from 'node:timers/promises';

import type { Address } from './port.ts';

const PATIENCE_MS = 30_000;
/** Doubled after each answer, up to a second: asking faster would meet the rate limit. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Waits until `GET /health` says `UP`.
 *
 * @throws {Error} With the last answer, if it does not within 30 s; or the signal's reason.
 */
export async function untilHealthy({ host, port }: Address, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  const url = `http://${reachable(host)}:${port}/health`;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted();
    const answer = await ask(url);
    if (answer.isUp) return;
    if (Date.now() > deadline) {
      throw new Error(`Cannot start: not healthy after 30 s. GET /health answers: ${answer.text}`);
    }
    await sleep(pause);
  }
}

/** The address to call where a server listens on every one. */
const reachable = (host: string): string =>
  host === '0.0.0.0' || host === '*' || host === '::' ? '127.0.0.1' : host;

async function ask(url: string): Promise<{ readonly isUp: boolean; readonly text: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    const text = await response.text();
    return { isUp: response.ok && statusOf(text) === 'UP', text };
  } catch (error) {
    return { isUp: false, text: String(error) };
  }
}

function statusOf(text: string): unknown {
  const body: unknown = JSON.parse(text);
  return typeof body === 'object' && body !== null && 'status' in body ? body.status : undefined;
}
