import { type Clock, type Millis, seconds } from '../../../shared/clock.ts';
import type { RegistryRpc } from '../../../shared/contracts/connect/registry-rpc.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import {
  type HubMark,
  hubMark,
  newPeerGuid,
  readPeerGuid,
} from '../../../shared/hub-protocol/session-guids.ts';
import type { ConnectSalts } from '../../../shared/tokens/connect-salts.ts';

/** How often the registry is asked for hubs that this one does not know. */
const LOOKUP_SPACING = seconds(1);

export type PeerAddressesDeps = {
  readonly salts: Promise<ConnectSalts>;
  /** The name of this hub. */
  readonly hub: string;
  readonly registry: () => Pick<RegistryRpc, 'hubs'>;
  readonly clock: Clock;
};

/**
 * Makes peer GUIDs of this hub, and reads to which hub one leads.
 *
 * The hubs held in memory are a cache. A GUID that somebody made up leads to no hub, or, once in
 * millions, to one that exists: it wakes none that does not.
 */
export class PeerAddresses {
  readonly #deps: PeerAddressesDeps;
  readonly #own: Promise<readonly HubMark[]>;
  readonly #others = new Map<HubMark, readonly string[]>();
  #lookedUpAt: Millis = 0;
  #lookup: Promise<void> | undefined;

  constructor(deps: PeerAddressesDeps) {
    this.#deps = deps;
    this.#own = deps.salts.then((salts) => marksOf(salts, deps.hub));
  }

  async make(): Promise<GuidText> {
    const { guid } = (await this.#deps.salts).newest;
    return newPeerGuid(guid, await hubMark(guid, this.#deps.hub));
  }

  /**
   * The hubs at which the peer may be: hardly ever more than one.
   *
   * @throws If the registry must be asked, and cannot be reached.
   */
  async hubsOf(guid: GuidText): Promise<readonly string[]> {
    const { all } = await this.#deps.salts;
    const read = await Promise.all(all.map((salt) => readPeerGuid(salt.guid, guid)));
    const marks = read.filter((mark) => mark !== undefined);
    if (marks.length === 0) return [];
    const ownMarks = await this.#own;
    const own = marks.some((mark) => ownMarks.includes(mark)) ? [this.#deps.hub] : [];
    const isKnown = own.length > 0 || marks.some((mark) => this.#others.has(mark));
    if (!isKnown) await this.#lookUp();
    return [...own, ...marks.flatMap((mark) => this.#others.get(mark) ?? [])];
  }

  /** Asks the registry, once for all who need it at the same time. */
  async #lookUp(): Promise<void> {
    const now = this.#deps.clock();
    if (this.#lookup === undefined && now - this.#lookedUpAt < LOOKUP_SPACING) return;
    this.#lookedUpAt = now;
    this.#lookup ??= this.#learn().finally(() => {
      this.#lookup = undefined;
    });
    await this.#lookup;
  }

  async #learn(): Promise<void> {
    const { hub, registry } = this.#deps;
    const salts = await this.#deps.salts;
    const others = (await registry().hubs()).filter((name) => name !== hub);
    const marked = await Promise.all(
      others.map(async (name) => (await marksOf(salts, name)).map((mark) => ({ name, mark }))),
    );
    for (const [mark, hubs] of Map.groupBy(marked.flat(), (one) => one.mark)) {
      this.#others.set(
        mark,
        hubs.map(({ name }) => name),
      );
    }
  }
}

/** The marks of a hub under each salt. */
const marksOf = ({ all }: ConnectSalts, hub: string): Promise<readonly HubMark[]> =>
  Promise.all(all.map(({ guid }) => hubMark(guid, hub)));
