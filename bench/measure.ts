import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../scripts/workers/worker-file.ts';
import { coldContestants } from './cold-configs.ts';
import { measureColdStarts } from './cold-start.ts';
import { startContestants } from './contestants/all.ts';
import type { Server } from './contestants/contestant.ts';
import { LoadGenerator } from './load/load-generator.ts';
import type { Pinning } from './machine.ts';
import {
  CLOSED_CONNECTIONS,
  EQUAL_LOAD,
  EQUAL_LOAD_ROWS,
  type Extent,
  OPEN_CONNECTIONS,
} from './options.ts';
import { proveRows } from './prove.ts';
import { Rounds } from './rounds.ts';
import type { RowKey } from './row-key.ts';
import type { Samples } from './sample.ts';
import { median, type Spread } from './stats.ts';

export type Measurements = {
  readonly labels: ReadonlyMap<RowKey, string>;
  readonly throughput: Samples;
  /** Requests per second at which `latency` was measured. */
  readonly equalLoad: number;
  readonly latency: Samples;
  readonly coldStarts: ReadonlyMap<string, Spread>;
};

/** Beside the local stack's data, and ignored by git. Objects need a disk, not a memory file system. */
const DIRECTORY = join(ROOT, '.data', 'bench');

/**
 * Runs the whole benchmark. Ends what it started, also after an error.
 *
 * @param only Names of contestants; all, if `undefined`.
 */
export async function measure(
  extent: Extent,
  pinning: Pinning,
  only: readonly string[] | undefined,
): Promise<Measurements> {
  await rm(DIRECTORY, { recursive: true, force: true });
  await mkdir(DIRECTORY, { recursive: true });
  const coldStarts = await measureColdStarts(
    pinning,
    await coldContestants(join(DIRECTORY, 'cold')),
    extent.coldStarts,
  );
  const generator = new LoadGenerator(pinning);
  const servers = await startContestants({ ...extent, pinning, directory: DIRECTORY }, only);
  try {
    await proveRows(servers);
    return { coldStarts, ...(await measureRounds(generator, servers, extent)) };
  } finally {
    generator.stop();
    for (const server of servers) await server.stop();
    await rm(DIRECTORY, { recursive: true, force: true });
  }
}

async function measureRounds(
  generator: LoadGenerator,
  servers: readonly Server[],
  extent: Extent,
): Promise<Omit<Measurements, 'coldStarts'>> {
  const rounds = new Rounds(generator, servers);
  const closed = { kind: 'closed' } as const;
  const connections = CLOSED_CONNECTIONS;
  const throughput = await rounds.measure({ ...extent, connections, pace: () => closed });
  const equalLoad = EQUAL_LOAD * capacity(throughput);
  const pace = (round: number) =>
    ({ kind: 'open', perSecond: equalLoad, seed: round + 1 }) as const;
  const { codes } = extent;
  const open = {
    ...extent.latency,
    codes,
    warmUpSeconds: 0.3,
    connections: OPEN_CONNECTIONS,
    pace,
  };
  const latency = equalLoad > 0 ? await rounds.measure(open, EQUAL_LOAD_ROWS) : new Map();
  const rows = servers.flatMap((server) => server.rows);
  return {
    labels: new Map(rows.map((row) => [row.key, row.label])),
    throughput,
    equalLoad,
    latency,
  };
}

/** Of the floor of validation, requests per second; 0 if it was not run. */
function capacity(throughput: Samples): number {
  const floor = throughput.get('noop-get');
  return floor === undefined ? 0 : median(floor.map((sample) => sample.perSecond));
}
