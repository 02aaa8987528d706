import { cached } from '../../shared/cache/cached.ts';
import { rpc } from '../../shared/contracts/bindings.ts';
import { QUEUE_NAME, type QueueRpc } from '../../shared/contracts/connect/queue-rpc.ts';
import { REGISTRY_NAME, type RegistryRpc } from '../../shared/contracts/connect/registry-rpc.ts';
import type { IdentityRpc } from '../../shared/contracts/identity/identity-rpc.ts';
import { safeFetch } from '../../shared/http/safe-fetch.ts';
import { consoleLog, type Log } from '../../shared/telemetry/log.ts';
import { importConnectSalts } from '../../shared/tokens/connect-salts.ts';
import { perEnvironment } from '../kit/serve-worker.ts';
import type { AppNeeds } from './app.ts';
import { type Config, parseConfig } from './config.ts';
import { HubNetwork } from './hubs/hub-network.ts';
import { ticketFailureLimit } from './limits/ticket-failures.ts';
import { type AdmissionQueue, CachedStatus } from './queue/admission-queue.ts';
import type { HubConnectionNeeds } from './sockets/connect-to-hub.ts';

export type Services = AppNeeds &
  HubConnectionNeeds & { readonly config: Config; readonly log: Log };

const clock = (): number => Date.now();

/**
 * Composes what the Worker's routes need, once per isolate.
 *
 * @throws {ConfigurationError} At every call, if a setting is not valid.
 */
export const servicesOf: (env: ConnectEnv) => Services = perEnvironment((env) => {
  const config = parseConfig(env);
  const identity = rpc<IdentityRpc>(env.IDENTITY_RPC);
  const salts = cached(() => importConnectSalts(config.salts));
  const queue: AdmissionQueue = {
    isOn: config.queueCapacity > 0,
    grantSeconds: config.grantSeconds,
    object: () => rpc<QueueRpc>(env.QUEUES.getByName(QUEUE_NAME)),
    salts,
    url: `${config.issuer}/queue/request-access`,
  };
  return {
    config,
    clock,
    log: consoleLog,
    salts,
    network: new HubNetwork(env, config.hubsPerRegion),
    identity,
    administrators: identity,
    registry: () => rpc<RegistryRpc>(env.REGISTRIES.getByName(REGISTRY_NAME)),
    fetchSafely: safeFetch({ ...config, fetch: (...request) => fetch(...request) }),
    queue,
    ticketFailures: ticketFailureLimit(config.ticketFailures),
    queueStatus: new CachedStatus(queue, clock),
  };
});
