/** All Durable Objects in one Worker, for the `workerd` tests. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { AccountState } from '../../shared/contracts/identity/identity-rpc.ts';
import type { RelyingPartyLogout } from '../../shared/contracts/identity/relying-party.ts';

export { DirectoryObject } from '../../durable-objects/directory/directory-object.ts';
export { HubObject } from '../../durable-objects/hub/hub-object.ts';
export { KeyRingObject } from '../../durable-objects/key-ring/key-ring-object.ts';
export { QueueObject } from '../../durable-objects/queue/queue-object.ts';
export { RegistryObject } from '../../durable-objects/registry/registry-object.ts';
export { RevocationLogObject } from '../../durable-objects/revocation-log/revocation-log-object.ts';
export { SignInGuardObject } from '../../durable-objects/sign-in-guard/sign-in-guard-object.ts';
export { TransientObject } from '../../durable-objects/transient/transient-object.ts';
export { UserObject } from '../../durable-objects/user/user-object.ts';
export { FakeIdentity } from './fake-identity.ts';
export { FakeKeys } from './fake-keys.ts';

/** A fake of `connect`, which records its calls for tests. */
export class ConnectRecorder extends WorkerEntrypoint {
  static readonly calls: unknown[] = [];
  static readonly roles: unknown[] = [];
  static failing = false;

  sessionsEnded(ended: unknown): number {
    if (ConnectRecorder.failing) throw new Error('Cannot reach connect: switched off by a test');
    ConnectRecorder.calls.push(ended);
    return 0;
  }

  rolesChanged(change: unknown): number {
    if (ConnectRecorder.failing) throw new Error('Cannot reach connect: switched off by a test');
    ConnectRecorder.roles.push(change);
    return 0;
  }
}

/** A fake of the entrypoint of `identity` for its own objects. */
export class IdentityEntrypoint extends WorkerEntrypoint {
  static readonly logouts: RelyingPartyLogout[] = [];
  static readonly callers: unknown[] = [];
  /** The clients whose logout notification fails. */
  static readonly failing = new Set<string>();

  /** What the database says of accounts. Absent: active, with the role `user`. */
  static readonly accounts = new Map<string, AccountState>();
  static databaseIsDown = false;

  async accountState(accountId: string): Promise<AccountState> {
    if (IdentityEntrypoint.databaseIsDown) throw new Error('Cannot read: switched off by a test');
    return (
      IdentityEntrypoint.accounts.get(accountId) ?? {
        status: 'active',
        roles: ['user'],
        version: 0,
        credentialsVersion: 0,
      }
    );
  }

  async logoutRelyingParties(logout: RelyingPartyLogout): Promise<void> {
    IdentityEntrypoint.callers.push(this.ctx.props);
    const failing = logout.parties.find((party) => IdentityEntrypoint.failing.has(party.clientId));
    if (failing) throw new Error(`Cannot reach ${failing.clientId}: switched off by a test`);
    IdentityEntrypoint.logouts.push(logout);
  }
}

export default { fetch: () => new Response('objects') };
