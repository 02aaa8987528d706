/**
 * All settings of all Workers. What each may be, and how it is read, is the Worker's own code; its
 * default, and whether it is a secret, is in its `wrangler.toml`.
 *
 * @module
 */

import { HUB_SETTINGS } from '../../durable-objects/hub/hub-settings.ts';
import {
  ConfigurationError,
  readSettings,
  type SettingProblem,
  type Settings,
} from '../../shared/configuration.ts';
import * as connect from '../../workers/connect/config.ts';
import * as edge from '../../workers/edge/config.ts';
import * as identity from '../../workers/identity/config.ts';
import * as keys from '../../workers/keys/config.ts';
import { optionalSecrets, type WorkerFile } from '../workers/worker-file.ts';

export type CatalogueEntry = {
  readonly name: string;
  /** The name in `wrangler.toml`. */
  readonly worker: string;
  readonly isSecret: boolean;
  /** The text in `wrangler.toml`; `undefined` for a secret. */
  readonly default: string | undefined;
  /** What it may be, in words that follow "must be". */
  readonly allowed: string;
};

type Reader = { readonly settings: Settings; readonly read: (env: object) => unknown };

/** By Worker, its own reader and those of the objects whose settings it does not read itself. */
const READERS: Readonly<Record<string, readonly Reader[]>> = {
  'sallyport-keys': [{ settings: keys.SETTINGS, read: keys.parseConfig }],
  'sallyport-identity': [{ settings: identity.SETTINGS, read: identity.parseConfig }],
  'sallyport-connect': [
    { settings: connect.SETTINGS, read: connect.parseConfig },
    { settings: HUB_SETTINGS, read: (env) => readSettings(HUB_SETTINGS, env) },
  ],
  'sallyport-edge': [{ settings: edge.SETTINGS, read: edge.parseConfig }],
};

export const catalogue = (workers: readonly WorkerFile[]): readonly CatalogueEntry[] =>
  workers.flatMap((worker) => {
    const readers = READERS[worker.name] ?? [];
    const settings = new Map(readers.flatMap((reader) => Object.entries(reader.settings)));
    const secrets = secretNames(worker);
    return [...settings].map(([name, { allowed }]) => ({
      name,
      worker: worker.name,
      isSecret: secrets.includes(name),
      default: worker.vars[name],
      allowed,
    }));
  });

export const secretNames = (worker: WorkerFile): readonly string[] => [
  ...worker.secrets.required,
  ...optionalSecrets(worker.name),
];

/** What the Worker's own readers refuse in its environment. */
export function problemsOf(worker: WorkerFile, env: object): readonly SettingProblem[] {
  return (READERS[worker.name] ?? []).flatMap(({ read }) => {
    try {
      read(env);
      return [];
    } catch (error) {
      if (error instanceof ConfigurationError) return error.problems;
      throw error;
    }
  });
}
