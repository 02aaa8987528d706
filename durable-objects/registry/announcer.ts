import { type Clock, seconds } from '../../shared/clock.ts';
import type { HubManifestRpc } from '../../shared/contracts/connect/hub-rpc.ts';
import { within } from '../../shared/deadline.ts';
import type { Timers } from '../../shared/sql/timers.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import type { SqliteRegistryStore } from './registry-store.ts';

/** A hub with thousands of sockets has as many manifests to compare. */
const WAIT = seconds(10);
/** Also fires if the object died before the first attempt was over. */
const RETRY = seconds(2);

export type AnnouncerDeps = {
  readonly store: Pick<SqliteRegistryStore, 'version' | 'behind' | 'told'>;
  readonly timers: Pick<Timers<'announce'>, 'set' | 'cancel'>;
  readonly hub: (name: string) => Pick<HubManifestRpc, 'catalogueChanged'>;
  readonly clock: Clock;
  readonly log: Log;
};

/** Tells hubs that the catalogue has changed, until each has heard. */
export class Announcer {
  readonly #deps: AnnouncerDeps;

  constructor(deps: AnnouncerDeps) {
    this.#deps = deps;
  }

  /** Call it in the turn of the change: the timer is then committed with it. */
  async schedule(): Promise<void> {
    const { timers, clock } = this.#deps;
    await timers.set('announce', clock() + RETRY);
  }

  /** Tells every hub that does not know yet, once. Never fails because a hub does. */
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
      await within(WAIT, hub(name).catalogueChanged());
      store.told(name, version);
    } catch (error) {
      log({ event: 'registry.announce_failed', level: 'warn', hub: name, error: String(error) });
    }
  }
}
