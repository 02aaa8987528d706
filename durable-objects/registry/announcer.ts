import { type Clock, seconds } from '../../shared/clock.ts';
import type { HubManifestRpc } from '../../shared/contracts/connect/hub-rpc.ts';
import { within } from '../../shared/deadline.ts';
import type { Timers } from '../../shared/sql/timers.ts';
import type { Log } from '../../shared/telemetry/log.ts';

/** The limit is long, because a hub compares the manifests of thousands of sockets. */
const LIMIT = seconds(10);
/** The pause between two attempts. The timer also fires if the object died during the first one. */
const RETRY_PAUSE = seconds(2);

export type AnnouncerDeps = {
  readonly store: {
    /** The version of the catalogue. */
    version(): number;
    /** The hubs that were not notified of a version. */
    behind(version: number): readonly string[];
    recordAnnounced(hub: string, version: number): void;
  };
  readonly timers: Pick<Timers<'announce'>, 'set' | 'cancel'>;
  readonly hub: (name: string) => Pick<HubManifestRpc, 'catalogueChanged'>;
  readonly clock: Clock;
  readonly log: Log;
};

/**
 * Notifies hubs that the catalogue has changed, until each has answered.
 *
 * It uses no `Outbox`, because a hub needs only the newest version, which the table of hubs has.
 */
export class Announcer {
  readonly #deps: AnnouncerDeps;

  constructor(deps: AnnouncerDeps) {
    this.#deps = deps;
  }

  /** Call it in the same turn as the change, so that the timer is stored with it. */
  async schedule(): Promise<void> {
    const { timers, clock } = this.#deps;
    await timers.set('announce', clock() + RETRY_PAUSE);
  }

  /** Makes one attempt for every hub that was not notified yet. It does not fail if a hub does. */
  async announce(): Promise<void> {
    const { store, timers } = this.#deps;
    const version = store.version();
    await Promise.all(store.behind(version).map((hub) => this.#tell(hub, version)));
    if (store.behind(store.version()).length === 0) await timers.cancel('announce');
    else await this.schedule();
  }

  async #tell(name: string, version: number): Promise<void> {
    const { store, hub, log } = this.#deps;
    try {
      await within(LIMIT, hub(name).catalogueChanged());
      store.recordAnnounced(name, version);
    } catch (error) {
      log({ event: 'registry.announce_failed', level: 'warn', hub: name, error: String(error) });
    }
  }
}
