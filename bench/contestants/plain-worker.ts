import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type WorkerService,
  workerdConfig,
  workerService,
} from '../../scripts/local/workerd-config.ts';
import { type BuiltWorker, buildWorkers } from '../../scripts/workers/build-workers.ts';
import { readWorkerFile } from '../worker-files.ts';
import { startWorkerd } from '../workerd.ts';
import type { Ground, Row, Server } from './contestant.ts';

export type Vars = Readonly<Record<string, string>>;

/** Starts a Worker of the benchmark (a folder of `bench/workers`) in workerd. */
export async function startPlainWorker(
  ground: Ground,
  name: string,
  vars: Vars,
  rows: readonly Row[],
): Promise<Server> {
  return { ...(await startPlainWorkers(ground, [name], vars)), rows };
}

/** Starts several Workers in one process, of which the first listens. */
export async function startPlainWorkers(
  { directory, pinning, inspected }: Ground,
  names: readonly string[],
  vars: Vars = {},
): Promise<Omit<Server, 'rows'>> {
  const services = await Promise.all(names.map((name) => plainService(name, vars)));
  const config = await writeConfig(directory, services);
  const running = await startWorkerd(pinning, config, inspected);
  return { ...running, stop: () => running.child.stop() };
}

/** Builds a Worker of the benchmark in the same way as the product's. */
export async function plainService(name: string, vars: Vars): Promise<WorkerService> {
  const file = await readWorkerFile(join(import.meta.dirname, '../workers', name, 'wrangler.toml'));
  const [built] = await buildWorkers(undefined, [file]);
  return workerService(onlyBuilt(name, built), { vars, secrets: {}, outbound: [] });
}

function onlyBuilt(name: string, built: BuiltWorker | undefined): BuiltWorker {
  if (built === undefined) throw new TypeError(`Cannot start ${name}: it was not built`);
  return built;
}

/** Writes a workerd configuration whose first Worker listens on a free port. Returns its path. */
export async function writeConfig(
  directory: string,
  workers: readonly WorkerService[],
): Promise<string> {
  for (const { name } of workers) await mkdir(join(directory, name), { recursive: true });
  const service = workers[0]?.name ?? '';
  const sockets = [{ name: 'http', address: '127.0.0.1:0', service }];
  const config = { workers, sockets, directory, objectsDirectory: directory };
  const path = join(directory, 'config.capnp');
  await writeFile(path, workerdConfig(config), { mode: 0o600 });
  return path;
}
