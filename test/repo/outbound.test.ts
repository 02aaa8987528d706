import { readFile } from 'node:fs/promises';
import { parse } from 'smol-toml';
import { expect, it } from 'vitest';

it('sends what identity fetches over public routes (docs/decisions/0008)', async () => {
  const file = parse(await readFile('workers/identity/wrangler.toml', 'utf8'));
  expect(file['compatibility_flags']).toContain('global_fetch_strictly_public');
});
