import { env } from 'cloudflare:workers';

import { rpc } from '../../shared/contracts/bindings.ts';
import type { WorkerRpc } from '../../shared/contracts/http/worker-rpc.ts';
import type { IdentityRpc } from '../../shared/contracts/identity/identity-rpc.ts';
import type { KeysRpc } from '../../shared/contracts/keys/keys-rpc.ts';
import { consoleLog } from '../../shared/telemetry/log.ts';
import { type App, createApp, misconfigured } from './app.ts';
import { parseConfig } from './config.ts';
import type { Runtime, Upstream, Upstreams } from './ports.ts';
import { createServices } from './services.ts';

export const app: App = start(env);

function start(settings: EdgeEnv): App {
  const upstreams = upstreamsOf(settings);
  try {
    return createApp(createServices(parseConfig(settings), upstreams, runtime()));
  } catch (error) {
    return misconfigured(error, consoleLog, { upstreams });
  }
}

function upstreamsOf(bindings: EdgeEnv): Upstreams {
  return {
    identity: upstream<IdentityRpc>(bindings.IDENTITY, bindings.IDENTITY_RPC),
    keys: upstream<KeysRpc>(bindings.KEYS, bindings.KEYS_RPC),
    connect: upstream<WorkerRpc>(bindings.CONNECT, bindings.CONNECT_RPC),
  };
}

/** A Worker behind the edge, by its two bindings. */
function upstream<Rpc>(http: Pick<Fetcher, 'fetch'>, entrypoint: unknown): Upstream<Rpc> {
  return { fetch: (request) => http.fetch(request), rpc: rpc<Rpc>(entrypoint) };
}

function runtime(): Runtime {
  return {
    clock: Date.now,
    log: consoleLog,
    wait: (duration) => scheduler.wait(duration),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  };
}
