/**
 * Which roles a connection has when its user's roles change: rules [H82] and [H83].
 *
 * @module
 */

import { type Clock, seconds } from '../../../shared/clock.ts';
import type { DirectoryRpc, RolesChanged } from '../../../shared/contracts/connect/connect-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import { carriesRoles } from '../../../shared/tokens/access-token-claims.ts';
import type { Connection } from '../connections/connection.ts';
import type { Connections } from '../connections/connections.ts';
import type { Manifests } from '../manifests/manifests.ts';
import type { Streams } from '../streams/streams.ts';
import type { ConnectionCloser } from './close-connection.ts';

export type RoleChangesNeeds = {
  readonly connections: Pick<Connections, 'ofUser'>;
  readonly streams: Pick<Streams, 'ofUser' | 'changePrincipal'>;
  readonly roles: Pick<CurrentRoles, 'record' | 'of'>;
  readonly closer: Pick<ConnectionCloser, 'end'>;
  readonly manifests: Pick<Manifests, 'updateAll'>;
};

/** Applies changes of roles to open connections. */
export class RoleChanges {
  readonly #needs: RoleChangesNeeds;

  constructor(needs: RoleChangesNeeds) {
    this.#needs = needs;
  }

  /**
   * Returns how many connections had other roles before.
   *
   * @throws If their manifests cannot be sent. A repeated call sends them.
   */
  async apply(change: RolesChanged): Promise<number> {
    const { connections, streams, roles, manifests } = this.#needs;
    if (!roles.record(change)) return 0;
    const affected = connections.ofUser(change.subject);
    const changed = affected.filter((each) => this.#applyTo(each)).length;
    // The streams of lost connections count events by the new roles from now on, too.
    for (const { principal } of streams.ofUser(change.subject)) {
      streams.changePrincipal(roles.of(principal));
    }
    await manifests.updateAll(affected, 'permission_change');
    return changed;
  }

  #applyTo(connection: Connection): boolean {
    const { roles, closer } = this.#needs;
    const { principal } = connection.state;
    const current = roles.of(principal);
    if (current === principal) return false;
    // Roles that exceed the attachment end the connection: it must not keep its former roles.
    if (!connection.reauthenticate(current)) closer.end(connection, 'session_expired');
    return true;
  }
}

export type CurrentRolesNeeds = {
  /** `client_id` of the deployment's own tokens. */
  readonly ownClientId: string;
  readonly directoryOf: (subject: string) => Pick<DirectoryRpc, 'rolesChange'>;
  readonly clock: Clock;
};

/**
 * The changes of users' roles that older access tokens do not carry.
 *
 * The directory stores them. This cache covers the moments between the directory's answer and the
 * opening or reauthentication of a connection; the request that waits keeps the object in memory.
 */
export class CurrentRoles {
  readonly #needs: CurrentRolesNeeds;
  readonly #cached = new Map<string, RolesChanged>();

  constructor(needs: CurrentRolesNeeds) {
    this.#needs = needs;
  }

  /** Caches a change. Returns `false` if a newer one is cached. */
  record(change: RolesChanged): boolean {
    for (const [subject, { until }] of this.#cached) {
      if (seconds(until) <= this.#needs.clock()) this.#cached.delete(subject);
    }
    const cached = this.#cached.get(change.subject);
    if (cached !== undefined && cached.changedAt > change.changedAt) return false;
    this.#cached.set(change.subject, change);
    return true;
  }

  /**
   * The principal with the roles that its user has now, by the directory of the user.
   *
   * @throws If the directory cannot be reached.
   */
  async lookUp(principal: SessionPrincipal): Promise<SessionPrincipal> {
    return this.of(principal, await this.#needs.directoryOf(principal.subject).rolesChange());
  }

  /**
   * The principal with the roles that its user has now. Returns the same object if its roles are
   * current, or if its token carries no roles.
   *
   * @param stored The change that the directory has, if it was asked.
   */
  of(principal: SessionPrincipal, stored?: RolesChanged): SessionPrincipal {
    const change = this.#newest(stored, this.#cached.get(principal.subject));
    if (change === undefined || !carriesRoles(principal, this.#needs.ownClientId)) return principal;
    const { roles } = change;
    return isSame(roles, principal.roles) ? principal : { ...principal, roles };
  }

  #newest(...changes: readonly (RolesChanged | undefined)[]): RolesChanged | undefined {
    const now = this.#needs.clock();
    return changes
      .filter((change) => change !== undefined)
      .filter(({ until }) => now < seconds(until))
      .toSorted((a, b) => b.changedAt - a.changedAt)[0];
  }
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((role, index) => role === b[index]);
