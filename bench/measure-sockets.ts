import type { Server } from './contestants/contestant.ts';
import type { LoadGenerator } from './load/load-generator.ts';
import type { Extent } from './options.ts';
import { Rounds } from './rounds.ts';
import type { Samples } from './sample.ts';

const PACE = { kind: 'closed' } as const;
/** Sockets come with their rows, and nothing of theirs is used up. */
const UNUSED = { connections: 0, codes: 0 } as const;

/** Measures servers that are spoken to over WebSockets. */
export async function measureSockets(
  generator: LoadGenerator,
  servers: readonly Server[],
  { sockets }: Extent,
): Promise<Samples> {
  const rounds = new Rounds(generator, servers);
  // Opens the sockets, thousands of them, so that no measurement has to.
  await rounds.measure({ ...sockets, ...UNUSED, rounds: 1, seconds: 0.3, pace: () => PACE });
  return rounds.measure({ ...sockets, ...UNUSED, pace: () => PACE });
}
