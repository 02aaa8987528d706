import { env } from 'cloudflare:workers';

import { rpc } from '../../shared/contracts/bindings.ts';
import type { WorkerRpc } from '../../shared/contracts/http/worker-rpc.ts';
import type { IdentityRpc } from '../../shared/contracts/identity/identity-rpc.ts';
import type { KeysRpc } from '../../shared/contracts/keys/keys-rpc.ts';
import { consoleLog } from '../../shared/telemetry/log.ts';
import { parseConfig } from './config.ts';
import { createEdge, type Edge } from './edge.ts';
import { misconfigured } from './misconfigured.ts';
import type { Upstream } from './ports.ts';

function start(env: EdgeEnv): Edge {
  try {
    return createEdge({
      config: parseConfig(env),
      upstreams: {
        identity: upstream<IdentityRpc>(env.IDENTITY, env.IDENTITY_RPC),
        keys: upstream<KeysRpc>(env.KEYS, env.KEYS_RPC),
        connect: upstream<WorkerRpc>(env.CONNECT, env.CONNECT_RPC),
      },
      runtime: {
        clock: Date.now,
        log: consoleLog,
        wait: (duration) => scheduler.wait(duration),
        randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
      },
    });
  } catch (error) {
    return misconfigured(error, consoleLog);
  }
}

/** A Worker behind the edge, by its two bindings. */
const upstream = <Rpc>(http: Fetcher, entrypoint: unknown): Upstream<Rpc> => ({
  fetch: (request) => http.fetch(request),
  rpc: rpc<Rpc>(entrypoint),
});

const edge = start(env);

export default {
  fetch: (request, _env, context) => edge.fetch(request, context),
} satisfies ExportedHandler<EdgeEnv>;
