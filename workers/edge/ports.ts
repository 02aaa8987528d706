import type { Clock, Millis } from '../../shared/clock.ts';
import type { ConnectRpc } from '../../shared/contracts/connect/connect-rpc.ts';
import type { IdentityRpc } from '../../shared/contracts/identity/identity-rpc.ts';
import type { KeysRpc } from '../../shared/contracts/keys/keys-rpc.ts';
import type { Log } from '../../shared/telemetry/log.ts';

/** What every Worker behind the edge answers. */
type Described = Pick<IdentityRpc, 'describe' | 'health'>;

/** A Worker behind the edge: `fetch` for a client's request, `rpc` for the edge's own. */
export type Upstream<Rpc> = {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly rpc: Rpc;
};

export type Upstreams = {
  readonly identity: Upstream<
    Described & Pick<IdentityRpc, 'revocations' | 'checkSession' | 'dpopNonces' | 'useDpopProof'>
  >;
  readonly keys: Upstream<Described & Pick<KeysRpc, 'jwks'>>;
  readonly connect: Upstream<Described & Pick<ConnectRpc, 'describe' | 'health'>>;
};

export type UpstreamName = keyof Upstreams;

/** The runtime, as far as the edge needs it. */
export type Runtime = {
  readonly clock: Clock;
  readonly log: Log;
  readonly wait: (duration: Millis) => Promise<unknown>;
  readonly randomBytes: (length: number) => Uint8Array;
};
