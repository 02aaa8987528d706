/**
 * Reads the settings of a Worker or an object, which are texts of its environment. What each may be is
 * said once, by a {@link Setting}: Workers read with it, and the commands that start and deploy them
 * check with it. There is no schema library, because the edge, which is to start fast, reads with it.
 *
 * @module
 */

import { err, ok, type Result } from './result.ts';

export type Setting<T> = {
  /** What the setting may be, in words that follow "must be". */
  readonly allowed: string;
  /** The text that counts where nothing is set. Without one, the setting must be set. */
  readonly otherwise?: string;
  read(text: string): Result<T, readonly Fault[]>;
};

/** What is wrong in a text. It never quotes the text, which may be a secret. */
export type Fault = {
  /** Where in a structured text; empty in a plain one. */
  readonly path: readonly PropertyKey[];
  /** Is read after the name of the setting. */
  readonly message: string;
};

export type Settings = Readonly<Record<string, Setting<unknown>>>;

export type Values<S extends Settings> = {
  readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never;
};

export type SettingProblem = Fault & { readonly name: string; readonly isMissing: boolean };

/**
 * Settings are missing or wrong. The message names all of them, for the operator, and never holds a
 * value, which may be a secret.
 */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    const lines = problems.map(
      ({ name, path, message }) => `${[name, ...path].map(String).join('.')}: ${message}`,
    );
    super(`Cannot read configuration: ${lines.join('; ')}`);
    this.problems = problems;
  }
}

/**
 * Reads settings from an environment. White space around a text is no part of it.
 *
 * @param contradictions - Finds what is wrong between settings, among those that are right by themselves.
 * @throws {ConfigurationError} With everything that is missing or wrong.
 */
export function readSettings<S extends Settings>(
  settings: S,
  env: object,
  contradictions: (values: Partial<Values<S>>) => readonly SettingProblem[] = () => [],
): Values<S> {
  const problems: SettingProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings)) {
    const value: unknown = Reflect.get(env, name);
    const text = typeof value === 'string' ? value.trim() : setting.otherwise;
    const read = text === undefined ? missing(setting) : setting.read(text);
    if (read.ok) values[name] = read.value;
    else {
      const isMissing = text === undefined;
      problems.push(...read.error.map((fault) => ({ name, isMissing, ...fault })));
    }
  }
  if (areRead(settings, values)) problems.push(...contradictions(values));
  if (areAllRead(settings, values) && problems.length === 0) return values;
  throw new ConfigurationError(problems);
}

const missing = ({ allowed }: Setting<unknown>): Result<never, readonly Fault[]> =>
  err([{ path: [], message: `must be set: ${allowed}` }]);

const areRead = <S extends Settings>(settings: S, values: object): values is Partial<Values<S>> =>
  Object.keys(values).every((name) => Object.hasOwn(settings, name));

const areAllRead = <S extends Settings>(settings: S, values: object): values is Values<S> =>
  Object.keys(settings).every((name) => Object.hasOwn(values, name));

/** A setting that does not fit another one. */
export const contradiction = (name: string, allowed: string): SettingProblem => ({
  name,
  path: [],
  message: `must be ${allowed}`,
  isMissing: false,
});

/** @param parse - Returns `undefined` for a text that the setting may not be. */
export function setting<T>(allowed: string, parse: (text: string) => T | undefined): Setting<T> {
  return {
    allowed,
    read(text) {
      const value = parse(text);
      return value === undefined ? err([{ path: [], message: `must be ${allowed}` }]) : ok(value);
    },
  };
}

export const withDefault = <T>(otherwise: string, of: Setting<T>): Setting<T> => ({
  ...of,
  otherwise,
});

/** A setting that may also be empty, and is not set then. */
export const optional = <T>(of: Setting<T>): Setting<T | undefined> => ({
  allowed: `empty, or ${of.allowed}`,
  otherwise: '',
  read: (text) => (text === '' ? ok(undefined) : of.read(text)),
});

export const wholeNumber = (min: number, max: number): Setting<number> =>
  setting(`a whole number from ${min} to ${max}`, (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return number >= min && number <= max ? number : undefined;
  });

export const oneOf = <const T extends string>(...names: readonly T[]): Setting<T> =>
  setting(names.join(', ').replace(/, ([^,]*)$/, ' or $1'), (text) =>
    names.find((name) => name === text),
  );

export const matching = (allowed: string, pattern: RegExp): Setting<string> =>
  setting(allowed, (text) => (pattern.test(text) ? text : undefined));

/** Several texts with white space between them. */
export const wordList = <T>(
  allowed: string,
  parse: (word: string) => T | undefined,
): Setting<readonly T[]> =>
  setting(allowed, (text) => {
    const all = text.split(/\s+/).filter((word) => word !== '');
    const read = all.map(parse).filter((one) => one !== undefined);
    return read.length === all.length ? read : undefined;
  });
