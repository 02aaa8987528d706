/**
 * Bundles the pages' scripts (`web/`) into the static assets of the Worker that serves the pages.
 *
 * @module
 */

import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { build } from 'vite';

import { ROOT } from './worker-file.ts';

/**
 * Writes `inspector.js` into the folder, and makes the folder if it does not exist. A build takes 0.1 s,
 * so there is no check whether it is needed. The file is replaced atomically, because another instance
 * may be serving it.
 */
export async function buildAssets(folder: string): Promise<void> {
  const script = await inspectorScript();
  const draft = `${folder}.${crypto.randomUUID()}.draft`;
  await mkdir(folder, { recursive: true });
  await writeFile(draft, script);
  await rename(draft, join(folder, 'inspector.js'));
}

/** Builds one classic script. It is not minified, so that users of the inspector can read it. */
async function inspectorScript(): Promise<string> {
  const built = await build({
    root: join(ROOT, 'web'),
    configFile: false,
    logLevel: 'warn',
    build: {
      target: 'es2024',
      write: false,
      minify: false,
      lib: { entry: 'inspector/index.ts', formats: ['iife'], name: 'inspector' },
    },
  });
  const [output] = [built].flat();
  const chunk = output !== undefined && 'output' in output ? output.output[0] : undefined;
  if (chunk === undefined) throw new Error('Cannot build the inspector: there is no output');
  return chunk.code;
}
