/**
 * Judges an operator's settings before anything starts or is deployed, with the Workers' own readers.
 *
 * @module
 */

import { ConfigurationError, type SettingProblem } from '../../shared/configuration.ts';
import type { WorkerFile } from '../workers/worker-file.ts';
import { catalogue, problemsOf, secretNames } from './catalogue.ts';
import { nearestName } from './nearest-name.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where settings come from. */
export type Source = {
  /** Such as `.env.production`. */
  readonly name: string;
  readonly values: Environment;
  /** Whether everything in it is for us. The environment holds variables of other programs, too. */
  readonly isOurs: boolean;
  /** The settings in it that no Worker has, such as the port of `npm start`. */
  readonly ownNames: readonly string[];
};

export type SettingsToCheck = {
  readonly workers: readonly WorkerFile[];
  /** A later source overrides an earlier one. An empty value counts as not set. */
  readonly sources: readonly Source[];
  /** Reads settings that no Worker has. */
  readonly readOwn?: (env: Environment) => unknown;
  /** What the command itself sets, which every source overrides. */
  readonly defaults?: Environment;
  /** Secrets that need not be in a source, because they are, or may be, elsewhere. */
  readonly elsewhere: (worker: WorkerFile) => readonly string[];
};

/** Settings are wrong or unknown. The message has a line for each. */
class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(lines: readonly string[]) {
    const head = lines.length === 1 ? 'a setting is wrong' : `${lines.length} settings are wrong`;
    super([`${head} (docs/configuration.md):`, ...lines.map((line) => `  ${line}`)].join('\n'));
  }
}

/**
 * Judges all settings.
 *
 * @returns The settings of all sources together.
 * @throws {SettingsError} With every setting that is wrong, missing or unknown.
 */
export function checkSettings(check: SettingsToCheck): Readonly<Record<string, string>> {
  const settings = mergeSettings(...check.sources.map(({ values }) => values));
  const lines = [...unknownNames(check), ...wrongValues(check, settings)];
  if (lines.length > 0) throw new SettingsError([...new Set(lines)]);
  return settings;
}

/** A later source overrides an earlier one. An empty value counts as not set. */
export function mergeSettings(
  ...sources: readonly Environment[]
): Readonly<Record<string, string>> {
  const entries = sources.flatMap((source) => Object.entries(source));
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
}

function unknownNames({ workers, sources }: SettingsToCheck): readonly string[] {
  const ofWorkers = catalogue(workers).map(({ name }) => name);
  return sources.flatMap((source) => {
    const declared = [...ofWorkers, ...source.ownNames];
    const unknown = Object.keys(source.values).filter((name) => !declared.includes(name));
    return unknown.flatMap((name) => {
      const meant = nearestName(name, declared);
      if (meant !== undefined) return [`${name} in ${source.name} is no setting: write ${meant}`];
      return source.isOurs ? [`${name} in ${source.name} is no setting`] : [];
    });
  });
}

function wrongValues(
  { workers, defaults = {}, elsewhere, readOwn }: SettingsToCheck,
  settings: Environment,
): readonly string[] {
  const values = mergeSettings(defaults, settings);
  const secrets = new Set([...workers.flatMap(secretNames), 'SALLYPORT_ADMIN_PASSWORD']);
  const problems = workers.flatMap((worker) => {
    const absent = elsewhere(worker).filter((name) => values[name] === undefined);
    const all = problemsOf(worker, { ...worker.vars, ...values });
    return all.filter(({ name }) => !absent.includes(name));
  });
  const own = readOwn === undefined ? [] : problemsIn(() => readOwn(values));
  return [...own, ...problems].map((problem) => line(problem, values, secrets));
}

function problemsIn(read: () => unknown): readonly SettingProblem[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

const LONGEST_VALUE = 100;

/** Never holds the value of a secret. */
function line(
  { name, path, message }: SettingProblem,
  values: Environment,
  secrets: ReadonlySet<string>,
): string {
  const value = values[name];
  const place = [name, ...path].map(String).join('.');
  if (value === undefined || path.length > 0) return `${place} ${message}`;
  if (secrets.has(name)) return `${place} (a secret, not shown) ${message}`;
  const shown = value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value;
  return `${place}=${JSON.stringify(shown)} ${message}`;
}
