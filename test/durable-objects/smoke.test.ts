import { env } from 'cloudflare:workers';
import { it } from 'vitest';

it('runs', async ({ expect }) => {
  expect(env.KEY_ENCRYPTION_KEY).toBeDefined();
});
