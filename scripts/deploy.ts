/**
 * `npm run deploy`: migrates the database, then deploys every Worker, callees first.
 *
 * @module
 */

import { runCommand } from './command/run-command.ts';
import { type Deployment, deploy, dryRun } from './deploy/deploy.ts';
import { createEnvFile, ENV_FILE, issuerOf, parseVars } from './deploy/settings.ts';
import { secretNames } from './settings/catalogue.ts';
import { checkSettings, type Source } from './settings/check-settings.ts';
import { environment, productionFile } from './settings/sources.ts';
import { readWorkerFiles } from './workers/worker-file.ts';

const USAGE = `npm run deploy [-- options]

  --dry-run            check the settings and show what would be deployed, without the network
  --init               write .env.production with new keys; complete it before deploying
  --yes                do not ask for confirmation
  --var NAME=value     a setting, which overrides the environment and .env.production
  --skip-migrations    do not migrate the database
  --skip-check         do not wait until the deployment answers
  -h, --help           show this`;

const OPTIONS = {
  'dry-run': { type: 'boolean', default: false },
  init: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  'skip-check': { type: 'boolean', default: false },
  'skip-migrations': { type: 'boolean', default: false },
  var: { type: 'string', multiple: true },
} as const;

await runCommand({
  usage: USAGE,
  options: OPTIONS,
  async run(options) {
    if (options.init) {
      await createEnvFile();
      console.log(`Wrote ${ENV_FILE}. Fill in ISSUER and DATABASE_URL, then: npm run deploy`);
      return;
    }
    const deployment = await readDeployment(options.var ?? []);
    if (options['dry-run']) return dryRun(deployment);
    return deploy(deployment, {
      asks: !options.yes,
      migrates: !options['skip-migrations'],
      checks: !options['skip-check'],
    });
  },
});

/** @throws {SettingsError} With every setting that is wrong or unknown. */
async function readDeployment(vars: readonly string[]): Promise<Deployment> {
  const workers = await readWorkerFiles();
  const given: Source = { name: '--var', values: parseVars(vars), isOurs: true, ownNames: [] };
  const sources = [await productionFile(), environment(), given];
  const check: Deployment['check'] = (elsewhere) => checkSettings({ workers, sources, elsewhere });
  // Whether Cloudflare has a secret is asked later.
  const settings = check(secretNames);
  return { workers, settings, issuer: issuerOf(workers, settings), check };
}
