import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

import { ROOT, type WorkerFile } from './worker-file.ts';

/** What every bundle may contain or depend on, beside its Worker's own folder. */
const SHARED_INPUTS = [
  'shared',
  'workers/kit',
  'durable-objects',
  'package-lock.json',
  'tsconfig.base.json',
];

/** Changes whenever the Worker's bundle may. Too often does no harm. */
export async function inputHash(worker: WorkerFile): Promise<string> {
  const inputs = [dirname(worker.entry), worker.path, ...SHARED_INPUTS.map((p) => join(ROOT, p))];
  const files = (await Promise.all(inputs.map(listFiles))).flat().toSorted();
  const contents = await Promise.all(files.map((file) => readFile(file)));
  const hash = createHash('sha256');
  for (const [index, file] of files.entries()) {
    const digest = createHash('sha256').update(contents[index] ?? '');
    hash.update(`${relative(ROOT, file)} ${digest.digest('hex')}\n`);
  }
  return hash.digest('hex').slice(0, 16);
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
