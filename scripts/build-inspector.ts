/**
 * Bundles the inspector's script, `web/inspector/`, into the Worker that serves its page.
 *
 * What comes of it is checked in: Workers and tests are built without this step. A test says when it
 * is out of date.
 *
 * @module
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { build } from 'vite';

import { ROOT } from './workers/worker-file.ts';

export const INSPECTOR_MODULE = join(ROOT, 'workers/identity/web/inspector/inspector-script.ts');

/** The module as it has to be. Not minified: whoever inspects the hub may read how. */
export async function inspectorModule(): Promise<string> {
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
  return `// Generated from web/inspector/ by \`npm run build:inspector\`.
export const INSPECTOR_SCRIPT = \`${escaped(chunk.code)}\`;
`;
}

const escaped = (code: string): string => code.replace(/[\\`]|\$\{/g, '\\$&');

if (import.meta.main) await writeFile(INSPECTOR_MODULE, await inspectorModule());
