/**
 * Runs all of Sallyport on one machine: PostgreSQL, Neon's protocol in front of it, and all Workers in
 * one workerd.
 *
 * @module
 */

import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type BuiltWorker, buildWorkers } from '../workers/build-workers.ts';
import { optionalSecrets } from '../workers/worker-file.ts';
import { type AdministratorOutcome, createAdministrator } from './administrator.ts';
import { assertNotLost, assertObjects, openDataFolder, RESTORE } from './data-folder.ts';
import { type DevSecrets, readSecrets } from './dev-secrets.ts';
import { LockedError, lockDirectory } from './directory-lock.ts';
import { migrate } from './migrate.ts';
import { startNeonProxy } from './neon-proxy.ts';
import { startPglite } from './pglite.ts';
import type { StartSettings } from './start-settings.ts';
import {
  assertFree,
  type Exit,
  endOrphanedWorkerd,
  recordWorkerd,
  startWorkerd,
  untilHealthy,
} from './workerd.ts';
import { workerdConfig, workerService } from './workerd-config.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export type StackOptions = {
  readonly settings: StartSettings;
  /** Values for any Worker's `[vars]` and optional secrets, by name. */
  readonly environment: Environment;
  readonly signal: AbortSignal;
  /** Is called once the data folder is locked, before anything runs. */
  readonly onLocked: () => Promise<void>;
  readonly onLine: (line: string) => void;
  readonly onStep: (step: string) => void;
};

export type Stack = {
  readonly administrator: AdministratorOutcome;
  readonly adminPassword: string;
  /** Resolves when workerd ends. */
  readonly exited: Promise<Exit>;
  /** Stops everything, the last started first. */
  stop(): Promise<void>;
};

type Database = { readonly url: string; readonly proxy: string };

/**
 * Starts everything and waits until it is healthy. After a failure nothing is left running.
 *
 * @throws {Error} If a part cannot start.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  await using resources = new AsyncDisposableStack();
  const { settings, signal } = options;
  await openDataFolder(settings.dataDir);
  const lock = await lockInstance(settings.dataDir);
  resources.defer(() => lock.release());
  const configFile = join(settings.dataDir, 'workerd.capnp');
  await endOrphanedWorkerd(settings.dataDir, configFile);
  await assertFree(settings);
  const secrets = await readSecrets(settings.dataDir, options.environment);
  await assertObjects(join(settings.dataDir, 'objects'));
  if (settings.databaseUrl === undefined) await assertNotLost(settings.dataDir);
  await options.onLocked();

  const adminPassword = settings.adminPassword ?? secrets.SALLYPORT_ADMIN_PASSWORD;
  options.onStep('Building the Workers and opening the database');
  const failed = new AbortController();
  const [workers, database] = await bothOf(
    buildWorkers(undefined, undefined, AbortSignal.any([signal, failed.signal])),
    openDatabase(settings, resources).catch((error: unknown) => {
      // What else happens then is not waited for.
      failed.abort(error);
      throw error;
    }),
  );
  signal.throwIfAborted();
  const administrator = await createAdministrator({
    connectionString: database.url,
    email: settings.adminEmail,
    password: adminPassword,
  });

  options.onStep('Starting workerd');
  await writeConfig(configFile, workers, { ...options, secrets, database });
  const damaged = new AbortController();
  const workerd = await startWorkerd({
    configFile,
    onLine: (line) => {
      options.onLine(line);
      const fault = storageFault(line);
      if (fault !== undefined) damaged.abort(new Error(fault));
    },
  });
  resources.defer(() => workerd.stop());
  await recordWorkerd(settings.dataDir, workerd.pid);
  const ended = whenEnded(workerd.exited);
  await untilHealthy(settings, AbortSignal.any([signal, ended, damaged.signal]));

  const running = resources.move();
  return {
    administrator,
    adminPassword,
    exited: workerd.exited,
    stop: () => running.disposeAsync(),
  };
}

async function lockInstance(dataDir: string): Promise<{ release(): Promise<void> }> {
  try {
    return await lockDirectory(join(dataDir, 'instance'));
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    throw new Error(
      `Cannot start: ${dataDir} belongs to an instance that runs (process ${error.owner}). ` +
        'Stop it, or set DATA_DIR to another folder.',
      { cause: error },
    );
  }
}

async function openDatabase(
  { dataDir, databaseUrl }: StartSettings,
  resources: AsyncDisposableStack,
): Promise<Database> {
  const url = databaseUrl ?? (await openPglite(dataDir, resources));
  const proxy = await startNeonProxy({
    connectionString: url,
    connections: databaseUrl === undefined ? 1 : 10,
  });
  resources.defer(() => proxy.close());
  await migrate(url);
  return { url, proxy: proxy.host };
}

async function openPglite(dataDir: string, resources: AsyncDisposableStack): Promise<string> {
  const database = await startPglite({ dataDir: join(dataDir, 'postgres') });
  resources.defer(() => database.close());
  return database.connectionString;
}

/** Waits for both even if one fails, because what the other has opened must be closed. */
async function bothOf<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return Promise.all([a, b]);
}

/** The Workers that send requests to URLs of clients and registered services. */
const FETCHING: ReadonlySet<string> = new Set(['sallyport-identity', 'sallyport-connect']);

type Configuration = StackOptions & { readonly secrets: DevSecrets; readonly database: Database };

async function writeConfig(
  path: string,
  workers: readonly BuiltWorker[],
  { settings, environment, secrets, database }: Configuration,
): Promise<void> {
  const fixed = { ISSUER: settings.issuer, DATABASE_PROXY: database.proxy };
  const vars = { ...settings.development, ...environment, ...fixed };
  const all = { ...environment, ...secrets, DATABASE_URL: database.url };
  const objectsDirectory = join(settings.dataDir, 'objects');
  for (const { file } of workers)
    await mkdir(join(objectsDirectory, file.name), { recursive: true });
  const text = workerdConfig({
    workers: workers.map((worker) =>
      workerService(worker, {
        vars,
        secrets: secretsOf(worker, all),
        outbound: FETCHING.has(worker.file.name) ? ['public', 'private'] : [],
      }),
    ),
    sockets: [
      {
        name: 'http',
        address: `${settings.host}:${settings.port}`,
        service: 'sallyport-edge',
        removeHeaders: settings.removeHeaders,
        cfBlobHeader: settings.cfBlobHeader,
      },
    ],
    directory: settings.dataDir,
    objectsDirectory,
  });
  await writeFile(path, text, { mode: 0o600 });
  await chmod(path, 0o600);
}

/** The secrets that the Worker declares, and no others. */
function secretsOf({ file }: BuiltWorker, all: Environment): Readonly<Record<string, string>> {
  const names = [...file.secrets.required, ...optionalSecrets(file.name)];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = all[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Errors of SQLite that a restart does not end. */
const STORAGE_FAULT =
  /SQLITE_(?:CORRUPT|NOTADB|FULL|READONLY|CANTOPEN|IOERR)\w*|database disk image is malformed/;

/** What a line of workerd says about the storage of the objects, if anything. */
function storageFault(line: string): string | undefined {
  const [code] = STORAGE_FAULT.exec(line) ?? [];
  return code === undefined
    ? undefined
    : `The storage of the Durable Objects is damaged or cannot be written (${code}): see the log in DATA_DIR. ${RESTORE}`;
}

function whenEnded(exited: Promise<Exit>): AbortSignal {
  const controller = new AbortController();
  void exited.then(() => controller.abort(new Error('Cannot start: workerd ended, see the log')));
  return controller.signal;
}
