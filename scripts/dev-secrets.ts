/**
 * `npm run dev:secrets`: makes the development secrets of `DATA_DIR`, as the first `npm start` does. It
 * shows where they are, but not their values.
 *
 * @module
 */

import { join } from 'node:path';

import { runCommand } from './command/run-command.ts';
import { openDataFolder } from './local/data-folder.ts';
import { readSecrets } from './local/dev-secrets.ts';
import { checkStartSettings } from './settings/start-settings.ts';

const USAGE = `npm run dev:secrets

  Makes the development secrets of DATA_DIR (.data), as the first "npm start" does, and shows where
  they are, but not their values.

  -h, --help   show this`;

await runCommand({
  usage: USAGE,
  options: {},
  async run() {
    const { settings, environment } = await checkStartSettings();
    await openDataFolder(settings.dataDir);
    const names = Object.keys(await readSecrets(settings.dataDir, environment));
    console.log(`${join(settings.dataDir, 'dev-secrets.json')} holds ${names.join(', ')}.`);
  },
});
