import { type Clock, seconds } from '../../../shared/clock.ts';
import type { RolesChanged } from '../../../shared/contracts/connect/connect-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import { carriesRoles } from '../../../shared/tokens/access-token-claims.ts';
import type { Connection } from '../connections/connection.ts';
import type { Connections } from '../connections/connections.ts';
import type { Manifests } from '../manifests/manifests.ts';
import type { Streams } from '../streams/streams.ts';
import type { ConnectionCloser } from './close-connection.ts';

export type RoleChangesDeps = {
  readonly connections: Pick<Connections, 'ofUser'>;
  readonly streams: Pick<Streams, 'ofUser' | 'renew'>;
  readonly roles: CurrentRoles;
  readonly farewell: Pick<ConnectionCloser, 'end'>;
  readonly manifests: Pick<Manifests, 'updateAll'>;
};

/** Keeps connections under the roles that their users have. */
export class RoleChanges {
  readonly #deps: RoleChangesDeps;

  constructor(deps: RoleChangesDeps) {
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

/**
 * Changes of users' roles that tokens from before do not know of.
 *
 * The directory remembers them. What is held here bridges the moments in which a connection opens, or
 * takes a new token, with what the directory has said: such a call keeps the object in memory.
 */
export class CurrentRoles {
  readonly #ownClientId: string;
  readonly #clock: Clock;
  readonly #changes = new Map<string, RolesChanged>();

  constructor({ ownClientId }: { readonly ownClientId: string }, clock: Clock) {
    this.#ownClientId = ownClientId;
    this.#clock = clock;
  }

  /** Notes a change. Returns `false` if a newer one is known. */
  note(change: RolesChanged): boolean {
    for (const [subject, { until }] of this.#changes) {
      if (seconds(until) <= this.#clock()) this.#changes.delete(subject);
    }
    const known = this.#changes.get(change.subject);
    if (known !== undefined && known.changedAt > change.changedAt) return false;
    this.#changes.set(change.subject, change);
    return true;
  }

  /**
   * A principal with the roles that its user has now; itself, if they are the same, or if its token
   * carries none.
   *
   * @param told What the directory said.
   */
  of(principal: SessionPrincipal, told?: RolesChanged): SessionPrincipal {
    const change = this.#newest(told, this.#changes.get(principal.subject));
    if (change === undefined || !carriesRoles(principal, this.#ownClientId)) return principal;
    const { roles } = change;
    return isSame(roles, principal.roles) ? principal : { ...principal, roles };
  }

  #newest(...changes: readonly (RolesChanged | undefined)[]): RolesChanged | undefined {
    const now = this.#clock();
    return changes
      .filter((change) => change !== undefined)
      .filter(({ until }) => now < seconds(until))
      .toSorted((a, b) => b.changedAt - a.changedAt)[0];
  }
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((role, index) => role === b[index]);
