/**
 * Bundles the Workers as they are deployed (`wrangler deploy --dry-run --minify`), and makes their static
 * assets.
 *
 * @module
 */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { buildAssets } from './build-assets.ts';
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
  /** The name by which other modules import it. */
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
 * Builds the Workers in parallel, each below `outDir`. A Worker whose inputs have not changed since an
 * earlier build is not built again.
 *
 * @throws {Error} With wrangler's output for the first Worker that does not build.
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
  // Assets come first, because wrangler refuses to bundle a Worker whose assets do not exist.
  if (file.assets !== undefined) await buildAssets(file.assets.directory);
  const folder = join(outDir, shortName(file.name));
  const target = join(folder, await inputHash(file));
  if (!(await exists(target))) {
    await removeOldBuilds(folder);
    await bundle(file, target, signal);
  }
  return { file, modules: await modulesOf(file, target) };
}

/** Renames a complete build to its place, so that two processes can build at the same time. */
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

/** Returns `undefined` for a file that is not a module, such as a source map. */
function kindOf(name: string): Module['kind'] | undefined {
  return Object.entries(KINDS).find(([extension]) => extension === extname(name))?.[1];
}

const DAY_MS = 86_400_000;

/** Keeps builds of the last day, which another instance may be about to read. */
async function removeOldBuilds(folder: string): Promise<void> {
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

/** The bytes of all modules, which is what a deploy uploads. */
export async function bundleBytes(worker: BuiltWorker): Promise<Uint8Array> {
  return Buffer.concat(await Promise.all(worker.modules.map(({ path }) => readFile(path))));
}

/** The inputs of every bundle beside its Worker's own folder. */
const SHARED_INPUTS = ['shared', 'workers/kit', 'durable-objects', 'tsconfig.base.json'];

/** Hashes all files on which the Worker's bundle may depend. */
async function inputHash(worker: WorkerFile): Promise<string> {
  const folder = dirname(worker.entry);
  const shared = SHARED_INPUTS.map((path) => join(ROOT, path));
  const inputs = [folder, worker.path, ...lockfilesAbove(folder), ...shared];
  const files = (await Promise.all(inputs.map(listFiles))).flat().toSorted();
  const contents = await Promise.all(files.map((file) => readFile(file)));
  const hash = createHash('sha256');
  for (const [index, file] of files.entries()) {
    const digest = createHash('sha256').update(contents[index] ?? '');
    hash.update(`${relative(ROOT, file)} ${digest.digest('hex')}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** The lockfiles of packages that `folder` may import: the root's, and that of `bench/` below it. */
function lockfilesAbove(folder: string): readonly string[] {
  const file = join(folder, 'package-lock.json');
  const here = existsSync(file) ? [file] : [];
  const above = dirname(folder);
  return folder === ROOT || folder === above ? here : [...here, ...lockfilesAbove(above)];
}

async function listFiles(path: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true, recursive: true });
    return entries
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.md'))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return [path];
    throw error;
  }
}
