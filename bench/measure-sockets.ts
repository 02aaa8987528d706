import type { Server } from './contestants/contestant.ts';
import type { LoadGenerator } from './load/load-generator.ts';
import type { Extent } from './options.ts';
import { Rounds } from './rounds.ts';
import type { Samples } from './sample.ts';

const PACE = { kind: 'closed' } as const;
/** Rows of sockets have their own connections, and no requests that can be used up. */
const UNUSED = { connections: 0, codes: 0 } as const;

/** Measures servers over WebSockets. */
export async function measureSockets(
  generator: LoadGenerator,
  servers: readonly Server[],
  { sockets }: Extent,
): Promise<Samples> {
  const rounds = new Rounds(generator, servers);
  // The thousands of sockets are opened before the measurements.
  await rounds.measure({ ...sockets, ...UNUSED, rounds: 1, seconds: 0.3, pace: () => PACE });
  return rounds.measure({ ...sockets, ...UNUSED, pace: () => PACE });
}
