/**
 * Builds the package `@sallyport/client` into `client/dist`.
 *
 * @module
 */

import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { build, type InlineConfig } from 'vite';

import { ROOT } from './workers/worker-file.ts';

const CLIENT = join(ROOT, 'client');

/** Bundles the library and the CLI, each into one ES module with the parts of `shared/` it uses. */
export async function buildClient(outDir: string = join(CLIENT, 'dist')): Promise<void> {
  await rm(outDir, { recursive: true, force: true });
  await build(bundle({ entry: 'src/index.ts', name: 'index.js', outDir }));
  await build(bundle({ entry: 'cli/cli.ts', name: 'cli.js', outDir }));
  await declare(join(outDir, 'types'));
}

type Bundle = { readonly entry: string; readonly name: string; readonly outDir: string };

const bundle = ({ entry, name, outDir }: Bundle): InlineConfig => ({
  root: CLIENT,
  configFile: false,
  logLevel: 'warn',
  build: {
    target: 'es2022',
    outDir,
    emptyOutDir: false,
    lib: { entry, formats: ['es'], fileName: () => name },
    rolldownOptions: { external: /^node:/, output: { minify: true } },
  },
});

/** Writes declarations that import `.js`, which every version of TypeScript resolves. */
async function declare(outDir: string): Promise<void> {
  const options = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly'];
  const places = ['--rootDir', ROOT, '--outDir', outDir];
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [
    tsc,
    '--project',
    CLIENT,
    '--stripInternal',
    ...options,
    ...places,
  ]);
  const paths = (await readdir(outDir, { recursive: true })).filter((path) => path.endsWith('.ts'));
  for (const path of paths.map((name) => join(outDir, name))) {
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replaceAll(/(from '\.[^']+)\.ts';/g, "$1.js';"));
  }
}

if (import.meta.main) await buildClient();
