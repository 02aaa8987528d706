import { WorkerEntrypoint } from 'cloudflare:workers';

import { assertCaller } from '../../shared/contracts/callers.ts';
import type { ComponentHealth } from '../../shared/contracts/health.ts';
import type {
  IdentityRpc,
  OpenApiDocument,
  SessionStatus,
  StrongCheck,
} from '../../shared/contracts/identity-rpc.ts';
import type { RevocationPage } from '../../shared/contracts/revocation.ts';
import { describeApp } from './describe.ts';
import { checkHealth } from './health/health.ts';
import { app } from './http.ts';
import { isolateServices } from './services.ts';
import { strongCheck } from './sessions/strong-check.ts';

/** What `identity` does for other Workers. Each method refuses callers it does not list. */
export class IdentityEntrypoint extends WorkerEntrypoint<IdentityEnv> implements IdentityRpc {
  async revocations(after: number): Promise<RevocationPage> {
    assertCaller(this.ctx.props, ['edge']);
    return isolateServices().revocations().read(after);
  }

  async checkSession(check: StrongCheck): Promise<SessionStatus | 'revoked'> {
    assertCaller(this.ctx.props, ['edge', 'connect']);
    return strongCheck(check, isolateServices());
  }

  async describe(): Promise<OpenApiDocument> {
    assertCaller(this.ctx.props, ['edge', 'connect']);
    return describeApp(app);
  }

  async health(): Promise<readonly ComponentHealth[]> {
    assertCaller(this.ctx.props, ['edge', 'connect']);
    return checkHealth(isolateServices());
  }
}
