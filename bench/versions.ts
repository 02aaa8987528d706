import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const PACKAGES = ['wrangler', 'jose', 'oidc-provider', 'better-auth'] as const;

/** Of everything that is measured. */
export async function versions(): Promise<Readonly<Record<string, string>>> {
  const require = createRequire(import.meta.url);
  const fromWrangler = createRequire(require.resolve('wrangler'));
  const packages = PACKAGES.map(async (name) => [name, await versionOf(require, name)] as const);
  return {
    node: process.versions.node,
    workerd: await versionOf(fromWrangler, 'workerd'),
    ...Object.fromEntries(await Promise.all(packages)),
  };
}

/** Some packages do not export their `package.json`, so it is looked for beside their main file. */
async function versionOf(require: NodeJS.Require, name: string): Promise<string> {
  for (let folder = dirname(require.resolve(name)); ; folder = dirname(folder)) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
    const found: unknown = JSON.parse(text);
    if (isPackage(found) && found.name === name) return found.version;
    if (folder === dirname(folder)) return 'unknown';
  }
}

function isPackage(value: unknown): value is { name: string; version: string } {
  return typeof value === 'object' && value !== null && 'name' in value && 'version' in value;
}
