import type { Discovered } from '../../../shared/contracts/connect/hub-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { Connections } from '../connections/connections.ts';
import type { ManifestWriter } from './manifest-writer.ts';

export type DiscoveryDeps = {
  readonly writer: Pick<ManifestWriter, 'describe'>;
  readonly connections: Pick<Connections, 'newestOf'>;
  readonly saltIdOf: (sessionId: string) => string | undefined;
  /** A principal with the roles that its user has now. */
  readonly currentOf: (principal: SessionPrincipal) => Promise<SessionPrincipal>;
};

/** Says what a session may call, to one who asks over HTTP. */
export class Discovery {
  readonly #deps: DiscoveryDeps;

  constructor(deps: DiscoveryDeps) {
    this.#deps = deps;
  }

  /** As a manifest says it. Version 0: the session is not connected here. */
  async discover(presented: SessionPrincipal): Promise<Discovered> {
    const { writer, connections, saltIdOf, currentOf } = this.#deps;
    const { sessionId } = presented;
    const principal = await currentOf(presented);
    const version = connections.newestOf(sessionId)?.state.told.version ?? 0;
    return writer.describe({ principal, saltId: saltIdOf(sessionId) }, version);
  }
}
