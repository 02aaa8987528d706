/**
 * The settings of commands that work on the database alone.
 *
 * @module
 */

import { readWorkerFiles } from '../workers/worker-file.ts';
import { secretNames } from './catalogue.ts';
import { checkSettings } from './check-settings.ts';
import { environment, productionFile } from './sources.ts';

export type DatabaseCommand = {
  readonly databaseUrl: string;
  /** All settings. */
  readonly settings: Readonly<Record<string, string>>;
};

/**
 * Reads `DATABASE_URL`, from `.env.production` or from the environment, which comes first.
 *
 * @throws {SettingsError} If this or another setting is wrong or unknown.
 */
export async function readDatabaseUrl({
  production,
}: {
  readonly production: boolean;
}): Promise<DatabaseCommand> {
  const sources = [...(production ? [await productionFile()] : []), environment()];
  const workers = await readWorkerFiles();
  const settings = checkSettings({ workers, sources, elsewhere: secretNames });
  const databaseUrl = settings['DATABASE_URL'];
  if (databaseUrl === undefined) {
    throw new Error(`DATABASE_URL is not set in ${sources.map(({ name }) => name).join(' or ')}`);
  }
  return { databaseUrl, settings };
}
