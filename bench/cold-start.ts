import type { Pinning } from './machine.ts';
import { sendRequest } from './send-request.ts';
import { type Spread, spread } from './stats.ts';
import { startWorkerd } from './workerd.ts';

/** A configuration and its first request. */
export type ColdStart = {
  readonly name: string;
  /** The path of a workerd configuration. */
  readonly config: string;
  readonly request: string;
  /** A text that the answer must contain. */
  readonly proof: string;
};

/**
 * Starts each configuration `runs` times, in turns, and measures milliseconds from the start of the
 * process to the first answer.
 *
 * @throws {Error} If an answer does not contain its `proof`.
 */
export async function measureColdStarts(
  pinning: Pinning,
  contestants: readonly ColdStart[],
  runs: number,
): Promise<ReadonlyMap<string, Spread>> {
  const times = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let run = 0; run < runs; run += 1) {
    for (const contestant of contestants) {
      times.get(contestant.name)?.push(await timeFirstAnswer(pinning, contestant));
    }
  }
  return new Map([...times].map(([name, values]) => [name, spread(values)]));
}

async function timeFirstAnswer(
  pinning: Pinning,
  { config, request, proof }: ColdStart,
): Promise<number> {
  const start = performance.now();
  const { child, port } = await startWorkerd(pinning, config);
  try {
    const answer = await sendRequest(port, request);
    const time = performance.now() - start;
    if (!answer.includes(proof)) throw new Error(`Cannot time a start: ${answer}`);
    return time;
  } finally {
    await child.stop();
  }
}
