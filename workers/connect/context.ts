import type { OpenAPIHono } from '@hono/zod-openapi';

import type { Clock } from '../../shared/clock.ts';
import type { RegistryRpc } from '../../shared/contracts/connect/registry-rpc.ts';
import type { Principal } from '../../shared/contracts/edge/principal.ts';
import type { IdentityRpc } from '../../shared/contracts/identity/identity-rpc.ts';
import type { SafeFetch } from '../../shared/http/safe-fetch.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import type { Config } from './config.ts';
import type { HubNetwork } from './hubs/hub-network.ts';
import type { QueueDeps } from './queue/queue-deps.ts';
import type { KnownStatus } from './queue/status.ts';

/** What the routes need from outside. */
export type Services = {
  readonly config: Config;
  readonly network: HubNetwork;
  readonly identity: Pick<IdentityRpc, 'describe'>;
  /** Called for every question: a stub is of no use once it has thrown. */
  readonly registry: () => RegistryRpc;
  readonly fetchSafely: SafeFetch;
  readonly clock: Clock;
  readonly log: Log;
  readonly queue: QueueDeps;
  readonly queueStatus: Pick<KnownStatus, 'read'>;
};

export type AppEnv = {
  Bindings: ConnectEnv;
  Variables: {
    services: Services;
    correlationId: string;
    /** Set by the `require…` middleware. */
    principal: Principal;
  };
};

export type ConnectApp = OpenAPIHono<AppEnv>;
