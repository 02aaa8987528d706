import type { WorkerService } from '../../scripts/local/workerd-config.ts';
import { startWorkerd } from '../workerd.ts';
import type { Ground, Server } from './contestant.ts';
import { plainService, writeConfig } from './plain-worker.ts';
import { sallyportServices } from './sallyport-services.ts';

const FRONT = 'bench-hub-front';

/** A hub that can be killed and started again with its storage. */
export type Hub = Omit<Server, 'rows'> & { restart(): Promise<Hub> };

/**
 * Starts `connect` with its hubs and directories as they are deployed, behind a stand-in for `edge` that
 * accepts every session. It needs no database.
 */
export async function startHub({ pinning, directory, inspected }: Ground): Promise<Hub> {
  const front = await plainService('hub-front', {});
  const services = await sallyportServices('127.0.0.1:1');
  const behind = services.filter(({ name }) => name !== 'sallyport-edge').map(withoutSessions);
  const config = await writeConfig(directory, [front, ...behind]);
  const start = async (): Promise<Hub> => {
    const running = await startWorkerd(pinning, config, inspected);
    return { ...running, stop: () => running.child.stop(), restart: start };
  };
  return start();
}

/** Makes the stand-in answer whether a session is active. */
function withoutSessions(worker: WorkerService): WorkerService {
  if (worker.name !== 'sallyport-connect') return worker;
  const services = worker.services.map((binding) =>
    binding.binding === 'IDENTITY_RPC'
      ? { ...binding, service: FRONT, entrypoint: 'StandInEntrypoint' }
      : binding,
  );
  return { ...worker, services };
}
