import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = [
  'wrangler',
  'jose',
  'oidc-provider',
  'better-auth',
  '@cloudflare/workers-oauth-provider',
  '@openauthjs/openauth',
  'ws',
  'socket.io',
] as const;

/** The versions of all measured packages. */
export async function versions(): Promise<Readonly<Record<string, string>>> {
  const fromWrangler = createRequire(import.meta.resolve('wrangler'));
  const packages = PACKAGES.map(
    async (name) =>
      [name, await versionOf(name, fileURLToPath(import.meta.resolve(name)))] as const,
  );
  return {
    node: process.versions.node,
    workerd: await versionOf('workerd', fromWrangler.resolve('workerd')),
    ...Object.fromEntries(await Promise.all(packages)),
  };
}

/** Some packages do not export their `package.json`, so it is looked for beside their main file. */
async function versionOf(name: string, mainFile: string): Promise<string> {
  for (let folder = dirname(mainFile); ; folder = dirname(folder)) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
    const found: unknown = JSON.parse(text);
    if (isPackage(found) && found.name === name) return found.version;
    if (folder === dirname(folder)) return 'unknown';
  }
}

function isPackage(value: unknown): value is { name: string; version: string } {
  return typeof value === 'object' && value !== null && 'name' in value && 'version' in value;
}
