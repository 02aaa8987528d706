/**
 * Installs the packages of the peers into `bench/node_modules`, unless the versions of
 * `bench/package-lock.json` are installed. `npm run bench` and `npm run types:bench` begin with it.
 *
 * @module
 */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FOLDER = import.meta.dirname;
/** The file with the digest of the installed lockfile. `npm ci` removes it with the packages. */
const STAMP = join(FOLDER, 'node_modules', '.installed');

/** @throws {Error} If npm cannot install them. npm prints the reason. */
export async function installPeers(): Promise<void> {
  const lockfile = await readFile(join(FOLDER, 'package-lock.json'));
  const digest = createHash('sha256').update(lockfile).digest('hex');
  if ((await readFile(STAMP, 'utf8').catch(() => '')) === digest) return;
  console.log('Installing what is measured against into bench/node_modules (npm ci) …');
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: FOLDER,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  const [code]: unknown[] = await once(npm, 'exit');
  if (code !== 0) throw new Error('Cannot install the peers: see above');
  await writeFile(STAMP, digest);
}

if (import.meta.main) await installPeers();
