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
};

/** Starts all four Workers in one workerd, built from their own configuration. */
export async function startWorkers(
  options: HarnessOptions,
): Promise<{ readonly url: string; readonly harness: TestHarness } & AsyncDisposable> {
  const harness = createTestHarness({
    workers: [
      {
        configPath: './wrangler.toml',
        vars: {
          ISSUER,
          RATE_LIMIT_SCALE: '1000',
          CORS_ORIGINS: 'https://app.example.test',
          ...options.edge,
        },
      },
      {
        configPath: './workers/identity/wrangler.toml',
        vars: { ISSUER, DATABASE_PROXY: options.databaseProxy, ...options.identity },
        secrets: {
          DATABASE_URL: 'postgresql://postgres:postgres@localhost/postgres',
          REFRESH_SEALING_KEY: TEST_SECRETS.REFRESH_SEALING_KEY,
          PAIRWISE_SUBJECT_KEY: TEST_SECRETS.PAIRWISE_SUBJECT_KEY,
        },
      },
      {
        configPath: './workers/keys/wrangler.toml',
        secrets: { KEY_ENCRYPTION_KEY: TEST_SECRETS.KEY_ENCRYPTION_KEY },
      },
      {
        configPath: './workers/connect/wrangler.toml',
        vars: { ISSUER, ...options.connect },
        secrets: { SERVICE_GUID_SALT: TEST_SECRETS.SERVICE_GUID_SALT },
      },
    ],
  });
  const { url } = await harness.listen();
  return {
    url: url.origin,
    harness,
    [Symbol.asyncDispose]: () => harness.close(),
  };
}
