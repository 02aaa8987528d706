import type { Discovered, ManifestReason } from '../../../shared/contracts/connect/hub-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import type { CatalogueReader } from '../catalogue/catalogue-reader.ts';
import type { Connection } from '../connections/connection.ts';
import type { Connections } from '../connections/connections.ts';
import type { SendControlEvent } from '../connections/control-events.ts';
import { NO_CHANGE, type ShortcutChange } from '../shortcuts/shortcut.ts';
import type { ListStore } from './list-store.ts';
import type { ManifestWriter, Occasion } from './manifest-writer.ts';

export type ManifestsDeps = {
  readonly writer: Pick<ManifestWriter, 'next'>;
  readonly catalogue: Pick<CatalogueReader, 'reread'>;
  readonly lists: Pick<ListStore, 'keepOnly'>;
  readonly connections: Pick<Connections, 'all'>;
  readonly saltIdOf: (sessionId: string) => string | undefined;
  readonly tell: SendControlEvent;
  readonly waitUntil: (work: Promise<void>) => void;
  readonly log: Log;
};

/** Keeps the manifests of open connections true. */
export class Manifests {
  readonly #deps: ManifestsDeps;
  /** The last update of a connection that is under way. */
  readonly #underway = new Map<string, Promise<unknown>>();

  constructor(deps: ManifestsDeps) {
    this.#deps = deps;
  }

  /**
   * Sends a client its manifest again, if it is another one now. Returns whether it was sent.
   *
   * @throws If the catalogue is not in memory and cannot be read.
   */
  update(
    connection: Connection,
    reason: ManifestReason,
    shortcuts: ShortcutChange = NO_CHANGE,
  ): Promise<boolean> {
    return this.#queue(connection, { reason, shortcuts });
  }

  /** Updates a client some time. What fails is logged, and made up for by the next update. */
  updateLater(connection: Connection, reason: ManifestReason): void {
    this.#later(connection, { reason, shortcuts: NO_CHANGE });
  }

  /** Looks again after a connection has opened: what has changed meanwhile was told the others. */
  recheck(connection: Connection, knownHash: string): void {
    this.#later(connection, { reason: 'session_update', shortcuts: NO_CHANGE, knownHash });
  }

  /** @throws If the catalogue cannot be read. */
  async updateAll(connections: readonly Connection[], reason: ManifestReason): Promise<void> {
    // One after the other: most have nothing to be told, and what is told is not collected.
    for (const connection of connections) await this.update(connection, reason);
  }

  /**
   * Services have changed: reads the catalogue, and tells those whose list has changed.
   *
   * @throws If it cannot be read.
   */
  async catalogueChanged(): Promise<void> {
    const { catalogue, connections, lists } = this.#deps;
    await catalogue.reread();
    await this.updateAll(connections.all(), 'service_update');
    lists.keepOnly(new Set(connections.all().map(({ state }) => state.told.list)));
  }

  #later(connection: Connection, cause: Cause): void {
    this.#deps.waitUntil(this.#attempt(connection, cause));
  }

  async #attempt(connection: Connection, cause: Cause): Promise<void> {
    try {
      await this.#queue(connection, cause);
    } catch (error) {
      this.#deps.log({ event: 'hub.manifest_failed', level: 'error', error: String(error) });
    }
  }

  /** Updates of one client follow each other. */
  async #queue(connection: Connection, cause: Cause): Promise<boolean> {
    const { connectionId } = connection.state;
    const before = this.#underway.get(connectionId) ?? Promise.resolve();
    const update = before.then(() => this.#update(connection, cause));
    const done = Promise.allSettled([update]);
    this.#underway.set(connectionId, done);
    try {
      return await update;
    } finally {
      if (this.#underway.get(connectionId) === done) this.#underway.delete(connectionId);
    }
  }

  async #update(connection: Connection, cause: Cause): Promise<boolean> {
    const { writer, saltIdOf, tell } = this.#deps;
    if (!connection.isOpen) return false;
    const { principal, peerGuid, told, deltas } = connection.state;
    const reader = { principal, saltId: saltIdOf(principal.sessionId), peerGuid };
    const written = await writer.next(reader, told, { ...cause, deltas });
    if (written === undefined) return false;
    connection.remember(written.told);
    tell(connection, written.payload);
    return true;
  }
}

type Cause = Omit<Occasion, 'deltas'>;

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
