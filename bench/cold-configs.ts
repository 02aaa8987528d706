import { join } from 'node:path';
import { type WorkerService, workerService } from '../scripts/local/workerd-config.ts';
import { buildWorkers } from '../scripts/workers/build-workers.ts';
import { ROOT } from '../scripts/workers/worker-file.ts';
import { COLD } from './cold-names.ts';
import type { ColdStart } from './cold-start.ts';
import { plainService, writeConfig } from './contestants/plain-worker.ts';
import { askByGet, GET_PROOF, NOOP_PROOF, WITHOUT_TOKEN } from './contestants/validate-requests.ts';
import { ISSUER, issueToken } from './token.ts';
import { readWorkerFile } from './worker-files.ts';

const BACKEND = 'bench-backend';

/**
 * The configurations whose cold start is measured: `edge` alone, and `edge` beside a stand-in whose
 * published key it fetches and uses before it answers. The floor of each is a no-op with as many Workers
 * in the process.
 */
export async function coldContestants(directory: string): Promise<readonly ColdStart[]> {
  const { token, jwks } = await issueToken();
  const backend = await plainService('backend', { JWKS: JSON.stringify(jwks) });
  const noop = await plainService('noop', {});
  const edge = await edgeService();
  const start = async (
    name: string,
    services: readonly WorkerService[],
    request: string,
    proof: string,
  ): Promise<ColdStart> => {
    const config = await writeConfig(join(directory, String(names.indexOf(name))), services);
    return { name, config, request, proof };
  };
  const names: readonly string[] = Object.values(COLD);
  const valid = askByGet(token);
  return [
    await start(COLD.noop, [noop], WITHOUT_TOKEN, NOOP_PROOF),
    await start(COLD.edge, [boundTo(edge, edge.name)], WITHOUT_TOKEN, 'AUTH_TOKEN_MISSING'),
    await start(COLD.noopBeside, [noop, backend], valid, NOOP_PROOF),
    await start(COLD.edgeBeside, [boundTo(edge, BACKEND), backend], valid, GET_PROOF),
  ];
}

async function edgeService(): Promise<WorkerService> {
  const [built] = await buildWorkers(undefined, [
    await readWorkerFile(join(ROOT, 'wrangler.toml')),
  ]);
  if (built === undefined) throw new TypeError('Cannot start edge: it was not built');
  return workerService(built, { vars: { ISSUER }, secrets: {}, outbound: [] });
}

/** Binds all service bindings of `worker` to one service. */
function boundTo(worker: WorkerService, service: string): WorkerService {
  const entrypoint = service === BACKEND ? 'BackendEntrypoint' : undefined;
  const services = worker.services.map((binding) => ({
    binding: binding.binding,
    service,
    entrypoint: binding.entrypoint && entrypoint,
  }));
  return { ...worker, services };
}
