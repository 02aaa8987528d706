import type { Discovered, ManifestReason } from '../../../shared/contracts/connect/hub-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import type { CatalogueReader } from '../catalogue/catalogue-reader.ts';
import type { Connection } from '../connections/connection.ts';
import type { Connections } from '../connections/connections.ts';
import type { SendControlEvent } from '../connections/control-events.ts';
import { NO_CHANGE, type ShortcutChange } from '../shortcuts/shortcut.ts';
import type { ListStore } from './list-store.ts';
import type { ManifestUpdate, ManifestWriter } from './manifest-writer.ts';

export type ManifestsNeeds = {
  readonly writer: Pick<ManifestWriter, 'next' | 'describe'>;
  readonly catalogue: Pick<CatalogueReader, 'reread'>;
  readonly lists: Pick<ListStore, 'keepOnly'>;
  readonly connections: Pick<Connections, 'all' | 'ofSession' | 'newestOf'>;
  readonly saltIdOf: (sessionId: string) => string | undefined;
  /** Returns the principal with the roles that its user has now. */
  readonly withCurrentRoles: (principal: SessionPrincipal) => Promise<SessionPrincipal>;
  readonly sendControlEvent: SendControlEvent;
  readonly waitUntil: (work: Promise<void>) => void;
  readonly log: Log;
};

/** Sends open connections their manifest again whenever it has changed. */
export class Manifests {
  readonly #needs: ManifestsNeeds;
  /** The last update under way, by connection. */
  readonly #underway = new Map<string, Promise<unknown>>();

  constructor(needs: ManifestsNeeds) {
    this.#needs = needs;
  }

  /**
   * Sends a client its manifest again if it has changed. Returns whether it was sent.
   *
   * @throws If no catalogue is cached and it cannot be read.
   */
  update(
    connection: Connection,
    reason: ManifestReason,
    shortcuts: ShortcutChange = NO_CHANGE,
  ): Promise<boolean> {
    return this.#queue(connection, { reason, shortcuts });
  }

  /** Updates a client in the background. A failure is logged; the next update makes up for it. */
  updateLater(connection: Connection, reason: ManifestReason): void {
    this.#later(connection, { reason, shortcuts: NO_CHANGE });
  }

  /**
   * Updates a client in the background after its connection opened: other clients were already told of
   * changes that came while it opened.
   *
   * @param clientHash The hash of its first manifest.
   */
  recheck(connection: Connection, clientHash: string): void {
    this.#later(connection, { reason: 'session_update', shortcuts: NO_CHANGE, clientHash });
  }

  /** @throws If the catalogue cannot be read. */
  async updateAll(connections: readonly Connection[], reason: ManifestReason): Promise<void> {
    // One at a time: most have no change, and the manifests of all would fill the memory.
    for (const connection of connections) await this.update(connection, reason);
  }

  /** Updates the connections of a session whose shortcuts have changed. */
  async shortcutsChanged(sessionId: string, change: ShortcutChange): Promise<void> {
    for (const connection of this.#needs.connections.ofSession(sessionId)) {
      await this.update(connection, 'session_update', change);
    }
  }

  /**
   * Reads the catalogue after services have changed, and updates the clients whose list has changed.
   *
   * @throws If it cannot be read.
   */
  async catalogueChanged(): Promise<void> {
    const { catalogue, connections, lists } = this.#needs;
    await catalogue.reread();
    await this.updateAll(connections.all(), 'service_update');
    lists.keepOnly(new Set(connections.all().map(({ state }) => state.told.list)));
  }

  /**
   * What a session may call, for a client that asks over HTTP. The version is that of its connection's
   * last manifest, or 0 if the session is not connected here.
   */
  async discover(presented: SessionPrincipal): Promise<Discovered> {
    const { writer, connections, saltIdOf, withCurrentRoles } = this.#needs;
    const { sessionId } = presented;
    const principal = await withCurrentRoles(presented);
    const version = connections.newestOf(sessionId)?.state.told.version ?? 0;
    return writer.describe({ principal, saltId: saltIdOf(sessionId) }, version);
  }

  #later(connection: Connection, cause: Cause): void {
    this.#needs.waitUntil(this.#attempt(connection, cause));
  }

  async #attempt(connection: Connection, cause: Cause): Promise<void> {
    try {
      await this.#queue(connection, cause);
    } catch (error) {
      this.#needs.log({ event: 'hub.manifest_failed', level: 'error', error: String(error) });
    }
  }

  /** Updates of one client run one at a time, so that their versions are in order. */
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
    const { writer, saltIdOf, sendControlEvent } = this.#needs;
    if (!connection.isOpen) return false;
    const { principal, peerGuid, told: sentManifest, deltas } = connection.state;
    const recipient = { principal, saltId: saltIdOf(principal.sessionId), peerGuid };
    const written = await writer.next(recipient, sentManifest, { ...cause, deltas });
    if (written === undefined) return false;
    connection.recordManifest(written.sent);
    sendControlEvent(connection, written.payload);
    return true;
  }
}

type Cause = Omit<ManifestUpdate, 'deltas'>;
