import { WorkerEntrypoint } from 'cloudflare:workers';

import { assertCaller } from '../../shared/contracts/bindings.ts';
import type {
  ApiDescription,
  ComponentHealth,
  OpenApiDocument,
} from '../../shared/contracts/http/worker-rpc.ts';
import type {
  AccountState,
  DpopNonces,
  IdentityRpc,
  SessionStatus,
  StrongCheck,
} from '../../shared/contracts/identity/identity-rpc.ts';
import type { RelyingPartyLogout } from '../../shared/contracts/identity/relying-party.ts';
import type { RevocationPage } from '../../shared/contracts/identity/revocation-log.ts';
import type { AccountId } from '../../shared/ids.ts';
import { accountState } from './accounts/change-account.ts';
import { isAdministrator } from './accounts/is-administrator.ts';
import { describeApp } from './describe.ts';
import { checkHealth } from './health.ts';
import { useDpopProof } from './oauth/client-auth/dpop.ts';
import { logoutRelyingParties } from './oauth/logout/back-channel-logout.ts';
import { takenAudiences } from './oauth/resources/taken-audiences.ts';
import { isolateServices } from './services.ts';
import { accountOfSubject } from './sessions/pairwise-subject.ts';
import { strongCheck } from './sessions/token-status.ts';
import { apiPage } from './web/docs/api-page.ts';
import { app } from './worker.ts';

/** What `identity` does for other Workers. Each method refuses callers it does not list. */
export class IdentityEntrypoint extends WorkerEntrypoint<IdentityEnv> implements IdentityRpc {
  async apiPage(description: ApiDescription): Promise<Response> {
    assertCaller(this.ctx.props, ['edge']);
    return apiPage(description);
  }

  async revocations(after: number): Promise<RevocationPage> {
    assertCaller(this.ctx.props, ['edge']);
    return isolateServices().revocations().read(after);
  }

  async checkSession(check: StrongCheck): Promise<SessionStatus | 'revoked'> {
    assertCaller(this.ctx.props, ['edge', 'connect']);
    return strongCheck(check, isolateServices());
  }

  async isAdministrator(accountId: AccountId): Promise<boolean> {
    assertCaller(this.ctx.props, ['connect', 'keys']);
    return isAdministrator(accountId, isolateServices());
  }

  async accountState(accountId: AccountId): Promise<AccountState> {
    assertCaller(this.ctx.props, ['identity']);
    return accountState(accountId, isolateServices());
  }

  async accountOf(subject: string): Promise<AccountId | undefined> {
    assertCaller(this.ctx.props, ['connect']);
    return accountOfSubject(await isolateServices().pairwiseKey(), subject);
  }

  async takenAudiences(audiences: readonly string[]): Promise<readonly string[]> {
    assertCaller(this.ctx.props, ['connect']);
    return takenAudiences(audiences, isolateServices());
  }

  async dpopNonces(): Promise<DpopNonces> {
    assertCaller(this.ctx.props, ['edge']);
    return isolateServices().dpopNonces();
  }

  async useDpopProof(proofId: string): Promise<boolean> {
    assertCaller(this.ctx.props, ['edge']);
    return useDpopProof(isolateServices().ttlStore(), proofId);
  }

  async logoutRelyingParties(logout: RelyingPartyLogout): Promise<void> {
    assertCaller(this.ctx.props, ['identity']);
    await logoutRelyingParties(logout, isolateServices());
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
