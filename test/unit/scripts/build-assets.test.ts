import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { buildAssets } from '../../../scripts/workers/build-assets.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'sallyport-assets-'));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

describe('buildAssets', () => {
  it('writes the inspector as one classic script, and no other file', async () => {
    const folder = join(parent, 'assets');
    await Promise.all([buildAssets(folder), buildAssets(folder)]);
    expect(await readdir(folder)).toEqual(['inspector.js']);
    expect(await readdir(parent)).toEqual(['assets']);
    const code = await readFile(join(folder, 'inspector.js'), 'utf8');
    // An `import` would be a syntax error here.
    expect(() => new Script(code)).not.toThrow();
    expect(code).toContain('web/inspector/');
  });

  it('writes the same bytes every time, so that browsers can cache the file', async () => {
    const read = async (name: string) => {
      await buildAssets(join(parent, name));
      return readFile(join(parent, name, 'inspector.js'), 'utf8');
    };
    expect(await read('a')).toBe(await read('b'));
  });
});
