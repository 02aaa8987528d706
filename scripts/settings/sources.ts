/**
 * Where an operator's settings come from: the environment, and files in the folder of the command.
 *
 * @module
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

import { OWN_NAMES } from '../local/start-settings.ts';
import type { Source } from './check-settings.ts';

export const PRODUCTION_FILE = '.env.production';
const DEVELOPMENT_FILE = '.dev.vars';

const ADMINISTRATOR = ['SALLYPORT_ADMIN_EMAIL', 'SALLYPORT_ADMIN_PASSWORD'];

export const environment = (): Source => ({
  name: 'the environment',
  values: process.env,
  isOurs: false,
  ownNames: OWN_NAMES,
});

export const productionFile = (): Promise<Source> => file(PRODUCTION_FILE, ADMINISTRATOR);

export const developmentFile = (): Promise<Source> => file(DEVELOPMENT_FILE, OWN_NAMES);

/** Has no values if there is no such file. */
async function file(name: string, ownNames: readonly string[]): Promise<Source> {
  const text = await readFile(join(process.cwd(), name), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  return { name, values: parseEnv(text), isOurs: true, ownNames };
}
