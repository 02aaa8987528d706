import { randomBytes } from 'node:crypto';
import { type WorkerService, workerService } from '../../scripts/local/workerd-config.ts';
import { buildWorkers } from '../../scripts/workers/build-workers.ts';
import { ISSUER } from '../token.ts';

const key = (): string => randomBytes(32).toString('base64url');

/**
 * The settings of the benchmark: high limits, and lifetimes of tokens and codes that outlast the longest
 * run and the longest preparation.
 */
const VARS = {
  ISSUER,
  RATE_LIMIT_SCALE: '1000000',
  ACCESS_TOKEN_SECONDS: '3600',
  AUTHORIZATION_CODE_SECONDS: '600',
  REGISTRATION_MODE: 'open',
  MESSAGES_PER_MINUTE: '1000000000',
} as const;

/** The services of the product's Workers, `edge` first. */
export async function sallyportServices(databaseProxy: string): Promise<readonly WorkerService[]> {
  const vars = { ...VARS, DATABASE_PROXY: databaseProxy };
  const values: Readonly<Record<string, string>> = {
    DATABASE_URL: 'postgresql://postgres:postgres@localhost/postgres',
    REFRESH_SEALING_KEY: key(),
    PAIRWISE_SUBJECT_KEY: key(),
    KEY_ENCRYPTION_KEY: key(),
    SERVICE_GUID_SALT: key(),
  };
  const built = await buildWorkers();
  const services = built.map((worker) => {
    const required = worker.file.secrets.required.map((name) => [name, values[name] ?? '']);
    const outbound = worker.file.name === 'sallyport-identity' ? ['private'] : [];
    return workerService(worker, { vars, secrets: Object.fromEntries(required), outbound });
  });
  return services.toSorted((a, b) => Number(b.name === EDGE) - Number(a.name === EDGE));
}

const EDGE = 'sallyport-edge';
