import { join } from 'node:path';
import { type WorkerService, workerService } from '../scripts/local/workerd-config.ts';
import { buildWorkers } from '../scripts/workers/build-workers.ts';
import { ROOT } from '../scripts/workers/worker-file.ts';
import type { ColdStart } from './cold-start.ts';
import { plainService, writeConfig } from './contestants/plain-worker.ts';
import { GET_PROOF, getValidate, NOOP_PROOF } from './contestants/validate-requests.ts';
import { ISSUER, issueToken } from './token.ts';
import { readWorkerFile } from './worker-files.ts';

const BACKEND = 'bench-backend';

/**
 * What is started cold: a no-op Worker, and `edge`, whose bindings lead to a stand-in with one key.
 * Both must answer the same request, a token to validate; `edge` fetches the key and checks the
 * signature before it does.
 */
export async function coldContestants(directory: string): Promise<readonly ColdStart[]> {
  const { token, jwks } = await issueToken();
  const backend = await plainService('backend', { JWKS: JSON.stringify(jwks) });
  const noop = [await plainService('noop', {})];
  const request = getValidate(token);
  const configs = [
    ['no-op Worker', join(directory, 'noop'), noop, NOOP_PROOF],
    ['edge', join(directory, 'edge'), [await edgeService(), backend], GET_PROOF],
  ] as const;
  return Promise.all(
    configs.map(async ([name, folder, services, proof]) => ({
      name,
      config: await writeConfig(folder, services),
      request,
      proof,
    })),
  );
}

/** `edge` alone: every binding leads to the stand-in. */
async function edgeService(): Promise<WorkerService> {
  const [built] = await buildWorkers(undefined, [
    await readWorkerFile(join(ROOT, 'wrangler.toml')),
  ]);
  if (built === undefined) throw new TypeError('Cannot start edge: it was not built');
  const edge = workerService(built, { vars: { ISSUER }, secrets: {}, outbound: [] });
  const services = edge.services.map(({ binding, entrypoint }) => ({
    binding,
    service: BACKEND,
    entrypoint: entrypoint && 'BackendEntrypoint',
  }));
  return { ...edge, services };
}
