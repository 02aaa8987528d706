import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { migrate } from '../../scripts/local/migrate.ts';
import { startNeonProxy } from '../../scripts/local/neon-proxy.ts';
import { startPglite } from '../../scripts/local/pglite.ts';
import { type WorkerService, workerService } from '../../scripts/local/workerd-config.ts';
import { buildWorkers } from '../../scripts/workers/build-workers.ts';
import { ISSUER } from '../token.ts';
import { startWorkerd } from '../workerd.ts';
import type { Ground, Server } from './contestant.ts';
import { writeConfig } from './plain-worker.ts';

/** All of Sallyport, as it is deployed, in one raw workerd; Postgres behind the Neon proxy. */
export async function startSallyport({
  pinning,
  directory,
}: Ground): Promise<Omit<Server, 'rows'>> {
  const database = await startPglite({ dataDir: join(directory, 'postgres') });
  await migrate(database.connectionString);
  const proxy = await startNeonProxy({ connectionString: database.connectionString });
  const { child, port } = await startWorkerd(
    pinning,
    await writeConfig(directory, await sallyportServices(proxy.host)),
  );
  return {
    child,
    port,
    stop: async () => {
      await child.stop();
      await proxy.close();
      await database.close();
    },
  };
}

const key = (): string => randomBytes(32).toString('base64url');

/** Settings of the benchmark: limits out of the way, tokens that outlive the longest run and codes the longest
 * preparation. */
const VARS = {
  ISSUER,
  RATE_LIMIT_SCALE: '1000000',
  ACCESS_TOKEN_SECONDS: '3600',
  AUTHORIZATION_CODE_SECONDS: '600',
  REGISTRATION_MODE: 'open',
} as const;

/** The product's Workers, `edge` first. */
async function sallyportServices(databaseProxy: string): Promise<readonly WorkerService[]> {
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
