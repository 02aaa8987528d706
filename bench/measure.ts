import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../scripts/workers/worker-file.ts';
import { coldContestants } from './cold-configs.ts';
import { measureColdStarts } from './cold-start.ts';
import { startContestants } from './contestants/all.ts';
import type { Contestants, Ground, Server } from './contestants/contestant.ts';
import type { TrialResults } from './hub/trial-results.ts';
import { runTrials } from './hub/trials.ts';
import { LoadGenerator } from './load/load-generator.ts';
import type { Pinning } from './machine.ts';
import { measureRequests, type RequestMeasurements } from './measure-requests.ts';
import { measureSockets } from './measure-sockets.ts';
import type { Extent } from './options.ts';
import type { RowKey } from './row-key.ts';
import type { Samples } from './sample.ts';
import type { Selection } from './selection.ts';
import type { Spread } from './stats.ts';

export type Measurements = RequestMeasurements & {
  readonly labels: ReadonlyMap<RowKey, string>;
  readonly coldStarts: ReadonlyMap<string, Spread>;
  readonly messages: Samples;
  readonly trials: TrialResults;
};

/** The folder is on disk, because a memory file system would make objects too fast. git ignores it. */
const DIRECTORY = join(ROOT, '.data', 'bench');

/** Runs the whole benchmark, or the selected part. It ends its processes, also after an error. */
export async function measure(
  extent: Extent,
  pinning: Pinning,
  { requests, sockets, trials }: Selection,
): Promise<Measurements> {
  await rm(DIRECTORY, { recursive: true, force: true });
  await mkdir(DIRECTORY, { recursive: true });
  const ground = { ...extent, pinning, directory: DIRECTORY };
  const coldStarts =
    Object.keys(requests).length === 0
      ? new Map()
      : await measureColdStarts(
          pinning,
          await coldContestants(join(DIRECTORY, 'cold')),
          extent.coldStarts,
        );
  const labels = new Map<RowKey, string>();
  const over = <T>(contestants: Contestants, use: Use<T>) =>
    withServers(ground, contestants, labels, use);
  try {
    const measured = await over(requests, (servers, generator) =>
      measureRequests(generator, servers, extent),
    );
    const messages = await over(sockets, (servers, generator) =>
      measureSockets(generator, servers, extent),
    );
    return {
      ...measured,
      coldStarts,
      messages,
      labels,
      trials: await runTrials(trials, extent.hub, ground),
    };
  } finally {
    await rm(DIRECTORY, { recursive: true, force: true });
  }
}

type Use<T> = (servers: readonly Server[], generator: LoadGenerator) => Promise<T>;

async function withServers<T>(
  ground: Ground,
  contestants: Contestants,
  labels: Map<RowKey, string>,
  use: Use<T>,
): Promise<T> {
  const generator = new LoadGenerator(ground.pinning);
  const servers = await startContestants(ground, contestants);
  for (const { rows } of servers) for (const { key, label } of rows) labels.set(key, label);
  try {
    return await use(servers, generator);
  } finally {
    generator.stop();
    for (const server of servers) await server.stop();
  }
}
