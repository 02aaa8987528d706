import { ageOf, type Clock, type Millis, seconds } from '../../../shared/clock.ts';
import type { RegistryRpc } from '../../../shared/contracts/connect/registry-rpc.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import {
  type HubMark,
  hubMark,
  newPeerGuid,
  readPeerGuid,
} from '../../../shared/hub-protocol/peer-guid.ts';
import type { ConnectSalts } from '../../../shared/tokens/connect-salts.ts';

/** The registry is asked for unknown hubs at most this often [H68]. */
const LOOKUP_SPACING = seconds(1);

export type PeerAddressesNeeds = {
  readonly salts: Promise<ConnectSalts>;
  /** The name of this hub. */
  readonly hub: string;
  readonly registry: () => Pick<RegistryRpc, 'hubs'>;
  readonly clock: Clock;
};

/**
 * Makes the peer GUIDs of this hub's clients, and finds the hub of a peer GUID.
 *
 * The hubs in memory are a cache. A made-up GUID leads to no hub or, once in four million, to an
 * existing one, so it never creates a hub.
 */
export class PeerAddresses {
  readonly #needs: PeerAddressesNeeds;
  readonly #own: Promise<readonly HubMark[]>;
  readonly #cachedHubs = new Map<HubMark, readonly string[]>();
  #lookedUpAt: Millis = 0;
  #lookup: Promise<void> | undefined;

  constructor(needs: PeerAddressesNeeds) {
    this.#needs = needs;
    this.#own = needs.salts.then((salts) => marksOf(salts, needs.hub));
  }

  async make(): Promise<GuidText> {
    const { guid } = (await this.#needs.salts).newest;
    return newPeerGuid(guid, await hubMark(guid, this.#needs.hub));
  }

  /**
   * The hubs at which a peer may be. Two hubs may have the same mark, but hardly ever do.
   *
   * @throws If the registry must be asked, and cannot be reached.
   */
  async hubsOf(guid: GuidText): Promise<readonly string[]> {
    const { all } = await this.#needs.salts;
    const read = await Promise.all(all.map((salt) => readPeerGuid(salt.guid, guid)));
    const marks = read.filter((mark) => mark !== undefined);
    if (marks.length === 0) return [];
    const ownMarks = await this.#own;
    const own = marks.some((mark) => ownMarks.includes(mark)) ? [this.#needs.hub] : [];
    const isCached = own.length > 0 || marks.some((mark) => this.#cachedHubs.has(mark));
    if (!isCached) await this.#lookUp();
    return [...own, ...marks.flatMap((mark) => this.#cachedHubs.get(mark) ?? [])];
  }

  /** Concurrent callers share one request to the registry. */
  async #lookUp(): Promise<void> {
    const now = this.#needs.clock();
    if (this.#lookup === undefined && ageOf(this.#lookedUpAt, now) < LOOKUP_SPACING) return;
    this.#lookedUpAt = now;
    this.#lookup ??= this.#readHubs().finally(() => {
      this.#lookup = undefined;
    });
    await this.#lookup;
  }

  async #readHubs(): Promise<void> {
    const { hub, registry } = this.#needs;
    const salts = await this.#needs.salts;
    const others = (await registry().hubs()).filter((name) => name !== hub);
    const marked = await Promise.all(
      others.map(async (name) => (await marksOf(salts, name)).map((mark) => ({ name, mark }))),
    );
    for (const [mark, hubs] of Map.groupBy(marked.flat(), (one) => one.mark)) {
      this.#cachedHubs.set(
        mark,
        hubs.map(({ name }) => name),
      );
    }
  }
}

/** The marks of a hub under each salt. */
const marksOf = ({ all }: ConnectSalts, hub: string): Promise<readonly HubMark[]> =>
  Promise.all(all.map(({ guid }) => hubMark(guid, hub)));
