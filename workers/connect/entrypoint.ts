import { WorkerEntrypoint } from 'cloudflare:workers';

import { assertCaller } from '../../shared/contracts/bindings.ts';
import type { NewEvent } from '../../shared/contracts/connect/client-event.ts';
import type {
  ConnectRpc,
  RolesChanged,
  SentEvent,
  SessionsEnded,
} from '../../shared/contracts/connect/connect-rpc.ts';
import type { ComponentHealth, OpenApiDocument } from '../../shared/contracts/http/worker-rpc.ts';
import { describeWorker } from '../kit/describe.ts';
import { parseConfig } from './config.ts';
import { changeRoles, closeSessions } from './hubs/user-changes.ts';
import { EventSchema } from './messaging/event-schemas.ts';
import { identified, publish } from './messaging/publish.ts';
import { servicesOf } from './services.ts';
import { SOCKET_PATHS } from './sockets/describe-socket.ts';
import { app } from './worker.ts';

/** The methods that other Workers call. */
export class ConnectEntrypoint extends WorkerEntrypoint<ConnectEnv> implements ConnectRpc {
  async sessionsEnded(ended: SessionsEnded): Promise<number> {
    assertCaller(this.ctx.props, ['identity']);
    return closeSessions(this.env, ended);
  }

  async rolesChanged(change: RolesChanged): Promise<number> {
    assertCaller(this.ctx.props, ['identity']);
    return changeRoles(this.env, change);
  }

  async isServiceAudience(audience: string): Promise<boolean> {
    assertCaller(this.ctx.props, ['identity']);
    return servicesOf(this.env).registry().hasAudience(audience);
  }

  async sendEvent(event: NewEvent): Promise<SentEvent> {
    assertCaller(this.ctx.props, ['identity']);
    const { network, clock } = servicesOf(this.env);
    const sent = identified(EventSchema.parse(event), clock);
    return { eventId: sent.eventId, ...(await publish(network, [sent])) };
  }

  // oxlint-disable-next-line typescript/require-await -- an RPC method
  async describe(): Promise<OpenApiDocument> {
    assertCaller(this.ctx.props, ['edge']);
    return describeWorker(app, {
      name: 'connect',
      tags: [{ name: 'connect', description: 'The WebSocket hub' }],
      paths: SOCKET_PATHS,
    });
  }

  // oxlint-disable-next-line typescript/require-await -- an RPC method
  async health(): Promise<readonly ComponentHealth[]> {
    assertCaller(this.ctx.props, ['edge']);
    return [{ name: 'connect', status: isConfigured(this.env) ? 'UP' : 'DOWN' }];
  }
}

function isConfigured(env: ConnectEnv): boolean {
  try {
    parseConfig(env);
    return true;
  } catch {
    return false;
  }
}
