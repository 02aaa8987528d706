/**
 * `npm run dev:secrets`: makes the development secrets of `DATA_DIR`, as the first `npm start` does. It
 * shows where they are, but not their values.
 *
 * @module
 */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { readSecrets } from './local/dev-secrets.ts';
import { readSettings } from './local/start-settings.ts';

const { dataDir } = readSettings(process.env);
await mkdir(dataDir, { recursive: true });
const names = Object.keys(await readSecrets(dataDir));
console.log(`${join(dataDir, 'dev-secrets.json')} holds ${names.join(', ')}.`);
