import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ground } from '../contestants/contestant.ts';
import { bareSocket } from '../contestants/echo-servers.ts';
import { sessions } from '../contestants/hub.ts';
import { startHub } from '../contestants/start-hub.ts';
import { descriptorLimit } from '../machine.ts';
import type { Extent } from '../options.ts';
import type { HubTrial } from '../selection.ts';
import { type IdlePlan, measureIdle } from './idle.ts';
import { measureSoak } from './soak.ts';
import { measureStorm } from './storm.ts';
import type { IdleResult, TrialResults } from './trial-results.ts';

/** Idle sockets are of few users, because each user's directory is an open database. */
const SESSIONS_PER_USER = 100;
/** The file descriptors of workerd besides sockets, with the directories. */
const OTHER_DESCRIPTORS = 600;
/** The file descriptors of workerd per connection. */
const DESCRIPTORS_EACH = 2;

type Trial = (ground: Ground, extent: Extent['hub']) => Promise<TrialResults>;

const TRIALS: Readonly<Record<HubTrial, Trial>> = {
  'hub-idle': async (ground, extent) => ({ idle: await idle(ground, extent.idle) }),
  'hub-storm': async (ground, extent) => ({
    storm: await measureStorm(() => startHub(ground), extent.storm),
  }),
  'hub-soak': async (ground, extent) => ({
    soak: await measureSoak(() => startHub(ground), extent.soak),
  }),
};

/** Runs one trial of the hub after the other, each with a new server. */
export async function runTrials(
  trials: readonly HubTrial[],
  extent: Extent['hub'],
  ground: Ground,
): Promise<TrialResults> {
  let results: TrialResults = {};
  for (const name of trials) {
    const start = performance.now();
    const found = await TRIALS[name](await within(ground, name), extent);
    results = { ...results, ...found };
    console.error(`${name}  ${((performance.now() - start) / 1_000).toFixed(0)} s`);
  }
  return results;
}

/** Makes a new folder. */
async function within(ground: Ground, name: string): Promise<Ground> {
  const directory = join(ground.directory, name);
  await mkdir(directory, { recursive: true });
  return { ...ground, directory };
}

async function idle(ground: Ground, wanted: number): Promise<NonNullable<TrialResults['idle']>> {
  const possible = Math.floor((descriptorLimit() - OTHER_DESCRIPTORS) / DESCRIPTORS_EACH);
  const count = Math.min(wanted, possible);
  const inspected = { ...ground, inspected: true };
  const hub = await stopping({
    server: await startHub(await within(inspected, 'hub')),
    worker: 'sallyport-connect',
    path: '/connect',
    headers: sessions(count, SESSIONS_PER_USER),
  });
  const floor = await stopping({
    server: await bareSocket(await within(inspected, 'floor')),
    worker: 'bench-bare-socket',
    path: '/idle',
    headers: Array.from({ length: count }, () => ({})),
  });
  return { hub, floor };
}

async function stopping(plan: IdlePlan): Promise<IdleResult> {
  try {
    return await measureIdle(plan);
  } finally {
    await plan.server.stop();
  }
}
