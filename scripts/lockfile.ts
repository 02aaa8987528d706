/**
 * `npm run lockfile`: after a dependency was added, makes `package-lock.json`, here and in `bench/`, the
 * same on every machine and for every registry.
 *
 * npm leaves out the optional packages of platforms that its registry does not serve, and `npm ci`
 * then refuses the file. This script adds them: their parent names their version, and their own name
 * the platform. It also removes the addresses that packages were fetched from, because each npm asks
 * its own registry and checks the package by `integrity`.
 *
 * @module
 */

import { readFileSync, writeFileSync } from 'node:fs';

type Entry = {
  readonly version?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};
type Packages = Readonly<Record<string, Entry>>;
type Lockfile = { packages: Packages };

/** Relative to the root. */
export const LOCKFILES: readonly string[] = ['package-lock.json', 'bench/package-lock.json'];

const OS: Readonly<Record<string, string>> = { windows: 'win32' };
const CPU: Readonly<Record<string, string>> = { '64': 'x64' };
const SYSTEM = /\b(android|darwin|freebsd|linux|openharmony|win32|windows)-([a-z0-9]+)/;
const MUSL = /-musl(?:eabihf)?$/;

/** Returns the packages in order, completed for every platform, and without their addresses. */
export function normalised(packages: Packages): Packages {
  const all = { ...packages, ...missingEntries(packages) };
  const paths = Object.keys(all).toSorted((a, b) => (a < b ? -1 : 1));
  return Object.fromEntries(
    paths.map((path) => {
      const { resolved: _, ...entry } = all[path] ?? {};
      return [path, entry];
    }),
  );
}

/** Makes entries for the optional packages that a package names and the file lacks. */
export function missingEntries(packages: Packages): Packages {
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
    // Without it npm installs the musl package beside the glibc one.
    ...(MUSL.test(name) ? { libc: ['musl'] } : {}),
    optional: true,
    os: [OS[system] ?? system],
  };
}

if (import.meta.main) {
  for (const file of LOCKFILES) {
    const text = readFileSync(file, 'utf8');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- npm wrote it
    const lockfile = JSON.parse(text) as Lockfile;
    const packages = normalised(lockfile.packages);
    const written = `${JSON.stringify({ ...lockfile, packages }, undefined, 2)}\n`;
    if (written !== text) writeFileSync(file, written);
    console.log(`${file} ${written === text ? 'is complete' : 'was completed'}`);
  }
}
