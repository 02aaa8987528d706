/**
 * Stores a data folder of a released version in `test/fixtures/data-<version>/`, on which later
 * versions are tested. `test/fixtures/README.md` lists its contents.
 *
 * @module
 */

import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

import { recordData } from '../test/support/node/earlier-data/record-data.ts';
import { runCommand, UsageError } from './command/run-command.ts';

const USAGE = `npm run data:keep -- --version 0.2.0

  --version VERSION   the version whose data is kept
  --checkout FOLDER   where that version is checked out; this folder where absent
  -h, --help          show this`;

await runCommand({
  usage: USAGE,
  options: { version: { type: 'string' }, checkout: { type: 'string', default: '.' } },
  async run({ version, checkout }) {
    if (version === undefined || !/^[\w.+-]+$/.test(version)) {
      throw new UsageError('--version is missing, or has other characters than a version');
    }
    const folder = resolve(`test/fixtures/data-${version}`);
    await recordData({ checkout: resolve(checkout), folder });
    execFileSync('npx', ['biome', 'format', '--write', folder], { stdio: 'inherit' });
    console.log(`Kept in ${folder}.`);
  },
});
// Open handles, such as a socket, would keep the process running.
process.exit();
