/**
 * Bundles the scripts of pages, `web/`, into the static assets of the Worker that serves the pages.
 *
 * @module
 */

import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { build } from 'vite';

import { ROOT } from './worker-file.ts';

/**
 * Writes `inspector.js` into the folder, which is made if need be. It takes a tenth of a second, so
 * nobody asks whether it is needed. The file is replaced at once: another instance may be serving it.
 */
export async function buildAssets(folder: string): Promise<void> {
  const script = await inspectorScript();
  const draft = `${folder}.${crypto.randomUUID()}.draft`;
  await mkdir(folder, { recursive: true });
  await writeFile(draft, script);
  await rename(draft, join(folder, 'inspector.js'));
}

/** One classic script. Not minified: whoever inspects the hub may read how. */
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
