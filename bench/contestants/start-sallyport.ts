import { join } from 'node:path';
import { migrate } from '../../scripts/local/migrate.ts';
import { startNeonProxy } from '../../scripts/local/neon-proxy.ts';
import { startPglite } from '../../scripts/local/pglite.ts';
import { startWorkerd } from '../workerd.ts';
import type { Ground, Server } from './contestant.ts';
import { writeConfig } from './plain-worker.ts';
import { sallyportServices } from './sallyport-services.ts';

/** Starts all Workers as they are deployed in one workerd, with PostgreSQL behind the Neon proxy. */
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
