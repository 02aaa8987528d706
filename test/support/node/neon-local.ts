import { neonConfig } from '@neondatabase/serverless';

import { type NeonProxy, startNeonProxy } from '../../../scripts/local/neon-proxy.ts';

const proxies = new Map<string, NeonProxy>();

function addressOf(host: string): string {
  const proxy = proxies.get(host);
  if (proxy === undefined) throw new Error(`Cannot reach ${host}: no proxy was started for it`);
  return proxy.host;
}

/**
 * Makes Neon's driver use local proxies, chosen by the host in the connection string. That host does not
 * exist, so the driver can reach the database only by the proxy.
 */
export function useLocalProxies(): void {
  neonConfig.fetchEndpoint = (host) => `http://${addressOf(host)}/sql`;
  neonConfig.wsProxy = (host) => `${addressOf(host)}/v2?address=${host}:5432`;
  neonConfig.useSecureWebSocket = false;
  neonConfig.pipelineTLS = false;
  neonConfig.pipelineConnect = false;
}

export type LocalNeon = { readonly connectionString: string; close(): Promise<void> };

/** Starts a proxy, and returns the connection string for Neon's driver. */
export async function behindProxy(database: string, connections = 1): Promise<LocalNeon> {
  const proxy = await startNeonProxy({ connectionString: database, connections });
  const host = `neon-${proxies.size}.example.test`;
  proxies.set(host, proxy);
  const url = new URL(database);
  url.host = `${host}:5432`;
  return { connectionString: url.href, close: () => proxy.close() };
}
