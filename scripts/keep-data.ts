/**
 * Stores a data folder of a released version in `test/fixtures/data-<version>/`, on which later
 * versions are tested. `test/fixtures/README.md` lists its contents.
 *
 *     npm run data:keep -- --version 0.2.0 [--checkout ../sallyport-0.2.0]
 *
 * @module
 */

import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { recordData } from '../test/support/node/earlier-data/record-data.ts';

const { values } = parseArgs({
  options: { version: { type: 'string' }, checkout: { type: 'string', default: '.' } },
});
if (values.version === undefined || !/^[\w.+-]+$/.test(values.version)) {
  throw new Error('Cannot keep data: pass --version');
}
const folder = resolve(`test/fixtures/data-${values.version}`);
await recordData({ checkout: resolve(values.checkout), folder });
execFileSync('npx', ['biome', 'format', '--write', folder], { stdio: 'inherit' });
console.log(`Kept in ${folder}.`);
// Open handles, such as a socket, would keep the process running.
process.exit();
