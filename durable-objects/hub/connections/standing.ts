import type { RolesChanged } from '../../../shared/contracts/connect/connect-rpc.ts';
import type { Manifests } from '../manifests/manifests.ts';
import type { Streams } from '../streams/streams.ts';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import type { CurrentRoles } from './current-roles.ts';
import type { Farewell } from './farewell.ts';

export type StandingDeps = {
  readonly connections: Pick<Connections, 'ofUser'>;
  readonly streams: Pick<Streams, 'ofUser' | 'renew'>;
  readonly roles: CurrentRoles;
  readonly farewell: Pick<Farewell, 'end'>;
  readonly manifests: Pick<Manifests, 'updateAll'>;
};

/** Keeps connections under the roles that their users have. */
export class Standing {
  readonly #deps: StandingDeps;

  constructor(deps: StandingDeps) {
    this.#deps = deps;
  }

  /**
   * Returns how many connections had to change.
   *
   * @throws If their manifests cannot be sent; asked again, it sends them.
   */
  async rolesChanged(change: RolesChanged): Promise<number> {
    const { connections, streams, roles, manifests } = this.#deps;
    if (!roles.note(change)) return 0;
    const theirs = connections.ofUser(change.subject);
    const changed = theirs.filter((each) => this.#follow(each)).length;
    // Those of lost connections, too: what comes from now on is for the roles of now.
    for (const { principal } of streams.ofUser(change.subject)) streams.renew(roles.of(principal));
    await manifests.updateAll(theirs, 'permission_change');
    return changed;
  }

  #follow(connection: Connection): boolean {
    const { roles, farewell } = this.#deps;
    const { principal } = connection.state;
    const current = roles.of(principal);
    if (current === principal) return false;
    // More than a connection can keep: it must not go on under the old ones.
    if (!connection.reauthenticate(current)) farewell.end(connection, 'session_expired');
    return true;
  }
}
