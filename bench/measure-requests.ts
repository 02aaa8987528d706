import type { Server } from './contestants/contestant.ts';
import type { LoadGenerator } from './load/load-generator.ts';
import {
  CLOSED_CONNECTIONS,
  EQUAL_LOAD,
  EQUAL_LOAD_ROWS,
  type Extent,
  OPEN_CONNECTIONS,
} from './options.ts';
import { proveRows } from './prove.ts';
import { Rounds } from './rounds.ts';
import type { Samples } from './sample.ts';
import { median } from './stats.ts';

export type RequestMeasurements = {
  readonly throughput: Samples;
  /** Requests per second at which `latency` was measured. */
  readonly equalLoad: number;
  readonly latency: Samples;
};

/** Measures servers by HTTP requests: their capacity, then their latency at equal load. */
export async function measureRequests(
  generator: LoadGenerator,
  servers: readonly Server[],
  extent: Extent,
): Promise<RequestMeasurements> {
  await proveRows(servers);
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
  return { throughput, equalLoad, latency };
}

/** The floor of validation in requests per second; 0 if it did not run. */
function capacity(throughput: Samples): number {
  const floor = throughput.get('noop-get');
  return floor === undefined ? 0 : median(floor.map((sample) => sample.perSecond));
}
