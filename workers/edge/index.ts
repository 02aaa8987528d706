import { env } from 'cloudflare:workers';
import { rpc } from '../../shared/contracts/bindings.ts';
import type { WorkerRpc } from '../../shared/contracts/http/worker-rpc.ts';
import type { IdentityRpc } from '../../shared/contracts/identity/identity-rpc.ts';
import type { KeysRpc } from '../../shared/contracts/keys/keys-rpc.ts';
import { consoleLog } from '../../shared/telemetry/log.ts';
import { parseConfig } from './config.ts';
import { createEdge, type Edge } from './edge.ts';
import { misconfigured } from './misconfigured.ts';

function start({ IDENTITY, IDENTITY_RPC, KEYS, KEYS_RPC, CONNECT, CONNECT_RPC }: EdgeEnv): Edge {
  try {
    return createEdge({
      config: parseConfig(env),
      upstreams: {
        identity: {
          fetch: (request) => IDENTITY.fetch(request),
          rpc: rpc<IdentityRpc>(IDENTITY_RPC),
        },
        keys: { fetch: (request) => KEYS.fetch(request), rpc: rpc<KeysRpc>(KEYS_RPC) },
        connect: { fetch: (request) => CONNECT.fetch(request), rpc: rpc<WorkerRpc>(CONNECT_RPC) },
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

const edge = start(env);

export default {
  fetch: (request, _env, context) => edge.fetch(request, context),
} satisfies ExportedHandler<EdgeEnv>;
