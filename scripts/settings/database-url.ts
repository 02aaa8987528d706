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
 * Reads `DATABASE_URL` from the environment, or for production from `.env.production` alone, so that a
 * developer's environment does not name another database than meant.
 *
 * @throws {SettingsError} If this or another setting is wrong or unknown.
 */
export async function readDatabaseUrl({
  production,
}: {
  readonly production: boolean;
}): Promise<DatabaseCommand> {
  const source = production ? await productionFile() : environment();
  const workers = await readWorkerFiles();
  const sources = production ? [environment(), source] : [source];
  const settings = checkSettings({ workers, sources, elsewhere: secretNames });
  const databaseUrl = source.values['DATABASE_URL'];
  if (!databaseUrl) throw new Error(`DATABASE_URL is not set in ${source.name}`);
  return { databaseUrl, settings };
}
