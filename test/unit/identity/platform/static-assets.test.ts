import { describe, expect, it } from 'vitest';

import { readStaticAsset } from '../../../../workers/identity/platform/static-assets.ts';

const assets = (files: Readonly<Record<string, string>>) => ({
  fetch: async (url: RequestInfo | URL) => {
    const text = files[new URL(String(url)).pathname];
    return new Response(text ?? 'not found', { status: text === undefined ? 404 : 200 });
  },
});

describe('readStaticAsset', () => {
  it('reads a file of the build', async () => {
    expect(await readStaticAsset(assets({ '/a.js': 'let a;' }), 'a.js')).toBe('let a;');
  });

  it('fails for one that the build did not make', async () => {
    await expect(readStaticAsset(assets({}), 'a.js')).rejects.toThrow(
      'Cannot read the static asset a.js: status 404',
    );
  });
});
