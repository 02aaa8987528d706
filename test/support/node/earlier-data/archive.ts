/**
 * Packs the parts of a data folder that the next start needs into a tar archive with Zstandard.
 *
 * @module
 */

import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** Every start writes all other files of the folder anew. */
const PACKED = ['dev-secrets.json', 'objects', 'postgres'];

/** The embedded PostgreSQL has 40 MB with three copies of most data, so the window must hold it all. */
const PARAMETERS = {
  [constants.ZSTD_c_compressionLevel]: 19,
  [constants.ZSTD_c_windowLog]: 26,
};
const MAX_BYTES = 256 * 1024 ** 2;

/** Packs the folder of an instance that has stopped, with the system's `tar`. */
export async function packFolder(dataDir: string, file: string): Promise<void> {
  const archive = execFileSync('tar', ['-C', dataDir, '-cf', '-', ...PACKED], {
    maxBuffer: MAX_BYTES,
  });
  await writeFile(file, zstdCompressSync(archive, { params: PARAMETERS }));
}

/** Unpacks an archive into an existing folder. */
export async function unpackFolder(file: string, dataDir: string): Promise<void> {
  const archive = zstdDecompressSync(await readFile(file));
  execFileSync('tar', ['-C', dataDir, '-xf', '-'], { input: archive });
}
