/**
 * `npm run lockfile`: completes package-lock.json for every platform, after a dependency was added.
 *
 * npm leaves out the optional packages of platforms that its registry does not serve, and `npm ci`
 * then refuses the file. Their version is their parent's business, and their name says which platform
 * they are for.
 *
 * @module
 */

import { readFileSync, writeFileSync } from 'node:fs';

type Entry = {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};
type Lockfile = { packages: Record<string, Entry> };

const OS: Readonly<Record<string, string>> = { windows: 'win32' };
const CPU: Readonly<Record<string, string>> = { '64': 'x64' };
const SYSTEM = /\b(android|darwin|freebsd|linux|openharmony|win32|windows)-([a-z0-9]+)/;

/** The optional packages that are named and have no entry, with the entry that they need. */
export function missingEntries({ packages }: Lockfile): Record<string, Entry> {
  const missing: Record<string, Entry> = {};
  for (const [path, { dev, optionalDependencies = {} }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const place = `node_modules/${name}`;
      if (place in packages || `${path}/${place}` in packages) continue;
      missing[place] = entryOf(name, version, dev === true);
    }
  }
  return missing;
}

function entryOf(name: string, version: string, dev: boolean): Entry {
  const [, system, processor] = SYSTEM.exec(name) ?? [];
  if (system === undefined || processor === undefined) {
    throw new Error(`Cannot complete package-lock.json: "${name}" names no platform`);
  }
  return {
    version,
    cpu: [CPU[processor] ?? processor],
    ...(dev ? { dev } : {}),
    optional: true,
    os: [OS[system] ?? system],
  };
}

if (import.meta.main) {
  const file = 'package-lock.json';
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- npm wrote it
  const lockfile = JSON.parse(readFileSync(file, 'utf8')) as Lockfile;
  const added = missingEntries(lockfile);
  const all = { ...lockfile.packages, ...added };
  const sorted = Object.keys(all).toSorted((a, b) => (a < b ? -1 : 1));
  lockfile.packages = Object.fromEntries(sorted.flatMap((path) => [[path, all[path] ?? {}]]));
  writeFileSync(file, `${JSON.stringify(lockfile, undefined, 2)}\n`);
  console.log(`${Object.keys(added).length} entries added to ${file}`);
}
