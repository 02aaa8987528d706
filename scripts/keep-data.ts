/**
 * Keeps a data folder of a released version in `test/fixtures/data-<version>/`, on which the versions
 * after it are tested. What is in it: `test/fixtures/README.md`.
 *
 *     npm run data:keep -- --version 0.2.0 [--checkout ../sallyport-0.2.0]
 *
 * @module
 */

import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { keepData } from '../test/support/node/kept-data/keep-data.ts';

const { values } = parseArgs({
  options: { version: { type: 'string' }, checkout: { type: 'string', default: '.' } },
});
if (values.version === undefined || !/^[\w.+-]+$/.test(values.version)) {
  throw new Error('Cannot keep data: pass --version');
}
const folder = resolve(`test/fixtures/data-${values.version}`);
await keepData({ checkout: resolve(values.checkout), folder });
execFileSync('npx', ['biome', 'format', '--write', folder], { stdio: 'inherit' });
console.log(`Kept in ${folder}.`);
// What is left open now, such as a socket, must not keep the process.
process.exit();
