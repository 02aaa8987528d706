import { readFile } from 'node:fs/promises';
import { parseWorkerFile, type WorkerFile } from '../scripts/workers/worker-file.ts';

/** @throws {Error} If the file cannot be read, or has an unknown setting. */
export async function readWorkerFile(path: string): Promise<WorkerFile> {
  return parseWorkerFile(path, await readFile(path, 'utf8'));
}
