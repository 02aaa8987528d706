import { encodePrincipal, PRINCIPAL_HEADER } from '../../shared/contracts/edge/principal.ts';
import { AccountId } from '../../shared/ids.ts';
import { IdentityFixture, SESSION } from './identity-fixture.ts';

/** `identity` over memory, and an administrator who is signed in. */
export class AdministratorFixture {
  readonly identity: IdentityFixture;
  readonly admin: AccountId;

  private constructor(identity: IdentityFixture, admin: AccountId) {
    this.identity = identity;
    this.admin = admin;
    this.give(['user', 'admin']);
  }

  static async create(): Promise<AdministratorFixture> {
    const identity = new IdentityFixture();
    const admin = AccountId.restore((await identity.register()).json.accountId);
    return new AdministratorFixture(identity, admin);
  }

  /** Changes the roles and the status of the administrator's account. */
  give(roles: readonly string[], status: 'active' | 'disabled' = 'active'): void {
    const { stored } = this.identity.backend.accounts;
    const found = stored.get(this.admin);
    if (found !== undefined) {
      stored.set(this.admin, { ...found, account: { ...found.account, roles, status } });
    }
  }

  /** The headers that `edge` sets for the administrator's token. */
  as(changes: object = {}): Record<string, string> {
    return {
      [PRINCIPAL_HEADER]: encodePrincipal({
        subject: this.admin,
        sessionId: SESSION,
        clientId: 'sallyport',
        scopes: [],
        roles: ['user', 'admin'],
        tokenId: 'a-token-id',
        expiresAt: this.identity.backend.now / 1_000 + 100,
        ...changes,
      }),
    };
  }

  call(method: string, path: string, body?: unknown): ReturnType<IdentityFixture['call']> {
    return this.identity.call(path, { method, body, headers: this.as() });
  }
}
