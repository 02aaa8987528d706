/**
 * `npm run deploy`: migrates the database, then deploys every Worker, callees first.
 *
 * @module
 */

import { parseArgs } from 'node:util';

import { type Deployment, deploy, dryRun } from './deploy/deploy.ts';
import {
  createEnvFile,
  ENV_FILE,
  issuerOf,
  mergeSettings,
  parseVars,
  readEnvFile,
} from './deploy/settings.ts';
import { readWorkerFiles } from './workers/worker-file.ts';

const USAGE = `npm run deploy [-- options]

  --dry-run            show what would be deployed, without the network or any change
  --init               write .env.production with new keys; complete it before deploying
  --yes                do not ask for confirmation
  --var NAME=value     a setting, which overrides the environment and .env.production
  --skip-migrations    do not migrate the database
  --skip-check         do not wait until the deployment answers`;

const OPTIONS = {
  'dry-run': { type: 'boolean', default: false },
  init: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
  'skip-check': { type: 'boolean', default: false },
  'skip-migrations': { type: 'boolean', default: false },
  var: { type: 'string', multiple: true },
} as const;

async function main(): Promise<void> {
  const { values: options } = parseArgs({ options: OPTIONS });
  if (options.help) return console.log(USAGE);
  if (options.init) {
    await createEnvFile();
    return console.log(`Wrote ${ENV_FILE}. Fill in ISSUER and DATABASE_URL, then: npm run deploy`);
  }
  const workers = await readWorkerFiles();
  const settings = mergeSettings(await readEnvFile(), process.env, parseVars(options.var ?? []));
  const deployment: Deployment = { workers, settings, issuer: issuerOf(workers, settings) };
  if (options['dry-run']) return dryRun(deployment);
  return deploy(deployment, {
    asks: !options.yes,
    migrates: !options['skip-migrations'],
    checks: !options['skip-check'],
  });
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? `✖ ${error.message}` : error);
  process.exitCode = 1;
}
