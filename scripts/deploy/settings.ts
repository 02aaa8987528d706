/**
 * What an operator sets, for all Workers at once. Pure.
 *
 * @module
 */

import { parseEnv } from 'node:util';

import { optionalSecrets, type WorkerFile } from '../workers/worker-file.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A later source counts more. An empty value is one that is not set. */
export function mergeSettings(
  ...sources: readonly Environment[]
): Readonly<Record<string, string>> {
  const entries = sources.flatMap((source) => Object.entries(source));
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
}

export const parseEnvFile = (text: string): Environment => parseEnv(text);

/** Reads `NAME=value` arguments. */
export function parseVars(args: readonly string[]): Environment {
  return Object.fromEntries(
    args.map((arg) => {
      const at = arg.indexOf('=');
      if (at < 1) throw new Error(`Cannot read --var ${arg}: write --var NAME=value`);
      return [arg.slice(0, at), arg.slice(at + 1)];
    }),
  );
}

/** The Worker's `[vars]` as they will be. */
export const varsOf = (worker: WorkerFile, settings: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(worker.vars).map(([name, value]) => [name, settings[name] ?? value]),
  );

/** The Worker's secrets that are at hand; those that are not may be at Cloudflare already. */
export function secretsOf(worker: WorkerFile, settings: Environment): Record<string, string> {
  const names = [...worker.secrets.required, ...optionalSecrets(worker.name)];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = settings[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

export const missingSecrets = (
  worker: WorkerFile,
  settings: Environment,
  remote: ReadonlySet<string> = new Set(),
): readonly string[] =>
  worker.secrets.required.filter((name) => settings[name] === undefined && !remote.has(name));

const PLACEHOLDER = 'https://id.example.com';

/** `undefined` while nobody has chosen one: the file ships with an example. */
export function issuerOf(
  workers: readonly WorkerFile[],
  settings: Environment,
): string | undefined {
  const declared = workers.map((worker) => worker.vars['ISSUER']).find(Boolean);
  const issuer = settings['ISSUER'] ?? declared;
  return issuer === PLACEHOLDER ? undefined : issuer;
}

/**
 * The custom domain that follows from the issuer; `undefined` where the address is Cloudflare's own
 * (`*.workers.dev`), or `wrangler.toml` has routes.
 */
export function customDomain(worker: WorkerFile, issuer: string | undefined): string | undefined {
  const isPublic = worker.workers_dev || worker.routes.length > 0;
  if (!isPublic || issuer === undefined || worker.routes.length > 0) return undefined;
  const { hostname } = new URL(issuer);
  return hostname.endsWith('.workers.dev') ? undefined : hostname;
}
