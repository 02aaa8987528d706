/**
 * Bundles the Workers exactly as they are deployed: `wrangler deploy --dry-run --minify`, and makes
 * their static assets.
 *
 * `npm run build` builds all of them into `dist/`.
 *
 * @module
 */

import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';

import { buildAssets } from './build-assets.ts';
import { inputHash } from './input-hash.ts';
import { ROOT, readWorkerFiles, shortName, type WorkerFile } from './worker-file.ts';
import { wrangler } from './wrangler.ts';

export const DIST = join(ROOT, 'dist');

const KINDS = {
  '.js': 'esModule',
  '.mjs': 'esModule',
  '.wasm': 'wasm',
  '.txt': 'text',
  '.html': 'text',
  '.sql': 'text',
  '.bin': 'data',
} as const;

export type Module = {
  /** As the other modules import it. */
  readonly name: string;
  readonly kind: (typeof KINDS)[keyof typeof KINDS];
  /** Absolute. */
  readonly path: string;
};

export type BuiltWorker = {
  readonly file: WorkerFile;
  /** The main module comes first. */
  readonly modules: readonly Module[];
};

/**
 * Builds the Workers at once, each below `outDir`. One whose inputs are those of an earlier build is
 * taken from there.
 *
 * @throws {Error} What wrangler says of the first Worker that does not build.
 */
export async function buildWorkers(
  outDir: string = DIST,
  workers?: readonly WorkerFile[],
  signal?: AbortSignal,
): Promise<readonly BuiltWorker[]> {
  const files = workers ?? (await readWorkerFiles());
  return Promise.all(files.map((file) => buildWorker(file, outDir, signal)));
}

async function buildWorker(
  file: WorkerFile,
  outDir: string,
  signal: AbortSignal | undefined,
): Promise<BuiltWorker> {
  // First, because wrangler refuses to bundle a Worker whose assets are not there.
  if (file.assets !== undefined) await buildAssets(file.assets.directory);
  const folder = join(outDir, shortName(file.name));
  const target = join(folder, await inputHash(file));
  if (!(await exists(target))) {
    await forgetOldBuilds(folder);
    await bundle(file, target, signal);
  }
  return { file, modules: await modulesOf(file, target) };
}

/** A build appears at its place complete or not at all, even if two processes make it at once. */
async function bundle(file: WorkerFile, target: string, signal?: AbortSignal): Promise<void> {
  const draft = `${target}.${process.pid}.draft`;
  const args = ['deploy', '--dry-run', '--minify', '--config', file.path, '--outdir', draft];
  const { succeeded, stdout, stderr } = await wrangler(args, signal ? { signal } : {});
  signal?.throwIfAborted();
  if (!succeeded) {
    await rm(draft, { recursive: true, force: true });
    throw new Error(`Cannot build ${file.name}:\n${stderr || stdout}`);
  }
  try {
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(target))) throw error;
  }
}

async function modulesOf(file: WorkerFile, folder: string): Promise<readonly Module[]> {
  const main = `${basename(file.main, extname(file.main))}.js`;
  const names = (await readdir(folder)).filter((name) => kindOf(name) !== undefined);
  if (!names.includes(main)) throw new Error(`Cannot use ${folder}: it has no ${main}`);
  const ordered = [main, ...names.filter((name) => name !== main).toSorted()];
  return ordered.flatMap((name) => {
    const kind = kindOf(name);
    return kind === undefined ? [] : [{ name, kind, path: join(folder, name) }];
  });
}

/** `undefined`: no module, such as a source map or wrangler's README. */
function kindOf(name: string): Module['kind'] | undefined {
  return Object.entries(KINDS).find(([extension]) => extension === extname(name))?.[1];
}

const DAY_MS = 86_400_000;

/** Younger ones may be about to be read by another instance that starts. */
async function forgetOldBuilds(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > DAY_MS) await rm(path, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Bytes of everything that is uploaded. */
export async function bundleBytes(worker: BuiltWorker): Promise<Uint8Array> {
  return Buffer.concat(await Promise.all(worker.modules.map(({ path }) => readFile(path))));
}

if (import.meta.main) {
  for (const worker of await buildWorkers()) {
    const { length } = await bundleBytes(worker);
    console.log(
      `${worker.file.name}  ${(length / 1024).toFixed(1)} KiB  ${worker.modules[0]?.path}`,
    );
  }
}
