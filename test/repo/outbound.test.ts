import { readFile } from 'node:fs/promises';
import { parse } from 'smol-toml';
import { expect, it } from 'vitest';

it.each(['identity', 'connect'])(
  'sends what %s fetches over public routes (docs/decisions/0008)',
  async (worker) => {
    const file = parse(await readFile(`workers/${worker}/wrangler.toml`, 'utf8'));
    expect(file['compatibility_flags']).toContain('global_fetch_strictly_public');
  },
);
