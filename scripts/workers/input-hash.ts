import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

import { ROOT, type WorkerFile } from './worker-file.ts';

/** What every bundle may contain or depend on, beside its Worker's own folder. */
const SHARED_INPUTS = ['shared', 'workers/kit', 'durable-objects', 'tsconfig.base.json'];

/** Changes whenever the Worker's bundle may. Too often does no harm. */
export async function inputHash(worker: WorkerFile): Promise<string> {
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

/** Of the packages that code in `folder` may import: the root's, and for `bench/workers` its own. */
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
