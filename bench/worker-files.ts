import { readFile } from 'node:fs/promises';
import { parseWorkerFile, type WorkerFile } from '../scripts/workers/worker-file.ts';

/** @throws {Error} If it cannot be read, or has a setting that our scripts do not know. */
export async function readWorkerFile(path: string): Promise<WorkerFile> {
  return parseWorkerFile(path, await readFile(path, 'utf8'));
}
