import { type Clock, type Millis, seconds } from '../../../shared/clock.ts';
import type { RegistryRpc } from '../../../shared/contracts/registry-rpc.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import {
  type HubMark,
  hubMark,
  newPeerGuid,
  readPeerGuid,
} from '../../../shared/hub-protocol/peer-guid.ts';

/** How often the registry is asked for hubs that this one does not know. */
const LOOKUP_SPACING = seconds(1);

export type PeerAddressesDeps = {
  readonly salt: Promise<CryptoKey>;
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
  readonly #own: Promise<HubMark>;
  readonly #others = new Map<HubMark, readonly string[]>();
  #lookedUpAt: Millis = 0;
  #lookup: Promise<void> | undefined;

  constructor(deps: PeerAddressesDeps) {
    this.#deps = deps;
    this.#own = deps.salt.then((salt) => hubMark(salt, deps.hub));
  }

  async make(): Promise<GuidText> {
    return newPeerGuid(await this.#deps.salt, await this.#own);
  }

  /**
   * The hubs at which the peer may be: hardly ever more than one.
   *
   * @throws If the registry must be asked, and cannot be reached.
   */
  async hubsOf(guid: GuidText): Promise<readonly string[]> {
    const mark = await readPeerGuid(await this.#deps.salt, guid);
    if (mark === undefined) return [];
    const own = mark === (await this.#own) ? [this.#deps.hub] : [];
    if (own.length === 0 && !this.#others.has(mark)) await this.#lookUp();
    return [...own, ...(this.#others.get(mark) ?? [])];
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
    const salt = await this.#deps.salt;
    const others = (await registry().hubs()).filter((name) => name !== hub);
    const marked = await Promise.all(
      others.map(async (name) => ({ name, mark: await hubMark(salt, name) })),
    );
    for (const [mark, hubs] of Map.groupBy(marked, (one) => one.mark)) {
      this.#others.set(
        mark,
        hubs.map(({ name }) => name),
      );
    }
  }
}
