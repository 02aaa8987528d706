/**
 * A data folder in one file: a tar archive of what the next start needs, compressed with Zstandard.
 *
 * @module
 */

import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** Everything else in the folder is written anew by every start. */
const KEPT = ['dev-secrets.json', 'objects', 'postgres'];

/** An embedded PostgreSQL is 40 MB, most of it three times the same: the window must hold it all. */
const PARAMETERS = {
  [constants.ZSTD_c_compressionLevel]: 19,
  [constants.ZSTD_c_windowLog]: 26,
};
const MOST_BYTES = 256 * 1024 ** 2;

/** Packs the folder of an instance that has stopped. Uses the system's `tar`. */
export async function packFolder(dataDir: string, file: string): Promise<void> {
  const archive = execFileSync('tar', ['-C', dataDir, '-cf', '-', ...KEPT], {
    maxBuffer: MOST_BYTES,
  });
  await writeFile(file, zstdCompressSync(archive, { params: PARAMETERS }));
}

/** Restores a folder as it was packed, to one that exists. */
export async function unpackFolder(file: string, dataDir: string): Promise<void> {
  const archive = zstdDecompressSync(await readFile(file));
  execFileSync('tar', ['-C', dataDir, '-xf', '-'], { input: archive });
}
