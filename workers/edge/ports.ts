import type { Clock, Millis } from '../../shared/clock.ts';
import type { WorkerRpc } from '../../shared/contracts/http/worker-rpc.ts';
import type { IdentityRpc } from '../../shared/contracts/identity/identity-rpc.ts';
import type { KeysRpc } from '../../shared/contracts/keys/keys-rpc.ts';
import type { Log } from '../../shared/telemetry/log.ts';

/** A Worker behind the edge: `fetch` for a client's request, `rpc` for the edge's own. */
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

/** In the order in which their descriptions are merged: of two alike, the first stays. */
export const UPSTREAM_NAMES = [
  'identity',
  'keys',
  'connect',
] as const satisfies readonly (keyof Upstreams)[];

export type UpstreamName = (typeof UPSTREAM_NAMES)[number];

/** The runtime, as far as the edge needs it. */
export type Runtime = {
  readonly clock: Clock;
  readonly log: Log;
  readonly wait: (duration: Millis) => Promise<unknown>;
  readonly randomBytes: (length: number) => Uint8Array;
};
