import { globSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const root = json('package.json');
const bench = json('bench/package.json');
const declared = Object.keys({ ...root.dependencies, ...root.devDependencies });
const peers = Object.keys(bench.dependencies);

/** The packages that code below `folder` imports, by name. */
function importedIn(folder: string): ReadonlySet<string> {
  const files = globSync(`${folder}/**/*.{ts,tsx}`, { exclude: ['**/node_modules'] });
  const specifiers = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\b(?:from|import\()\s*'([^'./][^']*)'/g)].map(
      ([, specifier]) => specifier ?? '',
    ),
  );
  return new Set(specifiers.map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name));
}

describe('packages', () => {
  it('of the benchmark’s peers are installed by the benchmark only', () => {
    const benchImports = importedIn('bench');
    expect(peers.filter((name) => declared.includes(name))).toEqual([]);
    expect(peers.filter((name) => !benchImports.has(name))).toEqual([]);
  });

  it('that bench/ shares with other folders are installed by the root', () => {
    const benchImports = importedIn('bench');
    const atTop = Object.keys(json('bench/package-lock.json').packages)
      .map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1] ?? '')
      .filter((name) => name !== '' && !peers.includes(name));
    expect(atTop.filter((name) => benchImports.has(name))).toEqual([]);
  });
});

describe('npm ci', () => {
  it.each([
    ['the root', root, 'package-lock.json'],
    ['bench/', bench, 'bench/package-lock.json'],
  ])(
    'in %s has a decision for every install script, so that npm does not ask',
    (_, own, lockfile) => {
      const packages: [string, { readonly hasInstallScript?: boolean }][] = Object.entries(
        json(lockfile).packages,
      );
      const names = packages
        .filter(([, { hasInstallScript }]) => hasInstallScript)
        .map(([path]) => path.split('node_modules/').at(-1));
      expect(new Set(Object.keys(own.allowScripts ?? {}))).toEqual(new Set(names));
    },
  );

  it('installs the Node that the scripts need and .nvmrc names', () => {
    const script = readFileSync('scripts/node-version.mjs', 'utf8');
    const [, wanted] = /REQUIRED = (\d+)/.exec(script) ?? [];
    expect(new Set(Object.values(root.optionalDependencies))).toEqual(new Set([wanted]));
    expect(readFileSync('.nvmrc', 'utf8').trim()).toBe(wanted);
  });
});
