import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'pure',
          include: ['test/{unit,property,repo}/**/*.test.ts'],
          // A property test takes seconds where other suites use the same cores.
          testTimeout: 30_000,
        },
      },
      {
        plugins: [
          cloudflareTest({ wrangler: { configPath: './test/support/objects.wrangler.toml' } }),
        ],
        test: {
          name: 'workerd',
          include: ['test/{durable-objects,http}/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/{integration,browser}/**/*.test.ts'],
          globalSetup: ['test/support/node/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'conformance',
          include: ['test/{conformance,clients}/**/*.test.ts'],
          globalSetup: ['test/support/node/running-instance.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
