import type { RolesChanged } from '../../../shared/contracts/connect-rpc.ts';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import type { CurrentRoles } from './current-roles.ts';
import type { Farewell } from './farewell.ts';

export type StandingDeps = {
  readonly connections: Pick<Connections, 'ofUser'>;
  readonly roles: CurrentRoles;
  readonly farewell: Pick<Farewell, 'end'>;
};

/** Keeps connections under the roles that their users have. */
export class Standing {
  readonly #deps: StandingDeps;

  constructor(deps: StandingDeps) {
    this.#deps = deps;
  }

  /** Returns how many connections had to change. */
  rolesChanged(change: RolesChanged): number {
    const { connections, roles } = this.#deps;
    if (!roles.note(change)) return 0;
    return connections.ofUser(change.subject).filter((each) => this.#follow(each)).length;
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
