import { rpc } from '../../shared/contracts/bindings.ts';
import { REGISTRY_NAME, type RegistryRpc } from '../../shared/contracts/connect/registry-rpc.ts';
import type { IdentityRpc } from '../../shared/contracts/identity/identity-rpc.ts';
import { safeFetch } from '../../shared/http/safe-fetch.ts';
import { consoleLog } from '../../shared/telemetry/log.ts';
import { readConfig } from './config.ts';
import type { Services } from './context.ts';
import { HubNetwork } from './hubs/hub-network.ts';
import { queueDeps } from './queue/queue-deps.ts';
import { KnownStatus } from './queue/status.ts';

/** Keyed by the environment, of which an isolate has one. */
const known = new WeakMap<ConnectEnv, Services>();

/** @throws {TypeError} If a setting is bad; the message names it. */
export function servicesOf(env: ConnectEnv): Services {
  const services = known.get(env) ?? createServices(env);
  known.set(env, services);
  return services;
}

const clock = (): number => Date.now();

function createServices(env: ConnectEnv): Services {
  const config = readConfig(env);
  const queue = queueDeps(env);
  return {
    config,
    network: new HubNetwork(env, config.shards),
    identity: rpc<IdentityRpc>(env.IDENTITY_RPC),
    registry: () => rpc<RegistryRpc>(env.REGISTRIES.getByName(REGISTRY_NAME)),
    fetchSafely: safeFetch({ ...config, fetch: (...request) => fetch(...request) }),
    clock,
    log: consoleLog,
    queue,
    queueStatus: new KnownStatus(queue, clock),
  };
}
