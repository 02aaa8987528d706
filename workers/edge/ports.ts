import type { Clock, Millis } from '../../shared/clock.ts';
import type { WorkerRpc } from '../../shared/contracts/http/worker-rpc.ts';
import type { IdentityRpc } from '../../shared/contracts/identity/identity-rpc.ts';
import type { KeysRpc } from '../../shared/contracts/keys/keys-rpc.ts';
import type { Log } from '../../shared/telemetry/log.ts';

/**
 * A Worker behind the edge. `fetch` passes on a client's request, and `rpc` is for calls of the
 * edge itself.
 */
export type Upstream<Rpc> = {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly rpc: Rpc;
};

export type Upstreams = {
  readonly identity: Upstream<
    WorkerRpc &
      Pick<IdentityRpc, 'apiPage' | 'revocations' | 'checkSession' | 'dpopNonces' | 'useDpopProof'>
  >;
  readonly keys: Upstream<WorkerRpc & Pick<KeysRpc, 'jwks'>>;
  readonly connect: Upstream<WorkerRpc>;
};

/** In the order in which their descriptions are merged. */
export const UPSTREAM_NAMES = [
  'identity',
  'keys',
  'connect',
] as const satisfies readonly (keyof Upstreams)[];

export type UpstreamName = (typeof UPSTREAM_NAMES)[number];

/** The functions of the runtime that the edge uses. */
export type Runtime = {
  readonly clock: Clock;
  readonly log: Log;
  readonly wait: (duration: Millis) => Promise<unknown>;
  readonly randomBytes: (length: number) => Uint8Array;
};
