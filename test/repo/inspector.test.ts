import { readFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';

import { INSPECTOR_MODULE, inspectorModule } from '../../scripts/build-inspector.ts';

describe('the inspector’s script', () => {
  it('is what web/inspector/ makes: else `npm run build:inspector`', async () => {
    expect(await readFile(INSPECTOR_MODULE, 'utf8')).toBe(await inspectorModule());
  });
});
