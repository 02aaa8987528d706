import { join } from 'node:path';

import { createTestHarness, type TestHarness } from 'wrangler';

/** Keys of 32 bytes in base64url, for tests only. */
const TEST_SECRETS = {
  KEY_ENCRYPTION_KEY: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8',
  REFRESH_SEALING_KEY: 'ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8',
  PAIRWISE_SUBJECT_KEY: 'YGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn8',
  SERVICE_GUID_SALT: 'QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8',
} as const;

export const ISSUER = 'http://127.0.0.1';

export type HarnessOptions = {
  /** `host:port` of the Neon proxy. */
  readonly databaseProxy: string;
  readonly edge?: Readonly<Record<string, string>>;
  readonly identity?: Readonly<Record<string, string>>;
  readonly connect?: Readonly<Record<string, string>>;
  /** Where the repository is, if it is another. */
  readonly directory?: string;
  /** The names of further Workers below `workers/`. */
  readonly others?: readonly string[];
};

/** Starts all Workers in one workerd, built from their own configuration. */
export async function startWorkers(
  options: HarnessOptions,
): Promise<{ readonly url: string; readonly harness: TestHarness } & AsyncDisposable> {
  const { directory = process.cwd(), others = [] } = options;
  const configPathOf = (name: string) => join(directory, 'workers', name, 'wrangler.toml');
  const harness = createTestHarness({
    workers: [
      {
        configPath: join(directory, 'wrangler.toml'),
        vars: {
          ISSUER,
          RATE_LIMIT_SCALE: '1000',
          CORS_ORIGINS: 'https://app.example.test',
          ...options.edge,
        },
      },
      {
        configPath: configPathOf('identity'),
        vars: {
          ISSUER,
          RATE_LIMIT_SCALE: '1000',
          DATABASE_PROXY: options.databaseProxy,
          ...options.identity,
        },
        secrets: {
          DATABASE_URL: 'postgresql://postgres:postgres@localhost/postgres',
          REFRESH_SEALING_KEY: TEST_SECRETS.REFRESH_SEALING_KEY,
          PAIRWISE_SUBJECT_KEY: TEST_SECRETS.PAIRWISE_SUBJECT_KEY,
        },
      },
      {
        configPath: configPathOf('keys'),
        secrets: { KEY_ENCRYPTION_KEY: TEST_SECRETS.KEY_ENCRYPTION_KEY },
      },
      {
        configPath: configPathOf('connect'),
        vars: { ISSUER, RATE_LIMIT_SCALE: '1000', ...options.connect },
        secrets: { SERVICE_GUID_SALT: TEST_SECRETS.SERVICE_GUID_SALT },
      },
      ...others.map((name) => ({ configPath: configPathOf(name) })),
    ],
  });
  const { url } = await harness.listen();
  return {
    url: url.origin,
    harness,
    [Symbol.asyncDispose]: () => harness.close(),
  };
}
