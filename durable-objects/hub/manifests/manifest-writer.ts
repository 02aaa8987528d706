import type { Clock } from '../../../shared/clock.ts';
import type {
  Discovered,
  ListedApi,
  ManifestReason,
} from '../../../shared/contracts/connect/hub-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { EventPayload } from '../../../shared/hub-protocol/event.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import { type ConnectSalts, saltOf } from '../../../shared/tokens/connect-salts.ts';
import type { EndpointList, Listing } from '../catalogue/catalogue.ts';
import type { CatalogueReader } from '../catalogue/catalogue-reader.ts';
import type { SessionEndpoints } from '../catalogue/session-endpoints.ts';
import type { SentManifest } from '../frames/attachment.ts';
import type { HubLimits } from '../frames/read-message.ts';
import { type Shortcut, type ShortcutChange, shortcutView } from '../shortcuts/shortcut.ts';
import type { ShortcutStore } from '../shortcuts/shortcut-store.ts';
import type { ListStore } from './list-store.ts';
import {
  type Content,
  type Lists,
  listChange,
  listsOf,
  manifest,
  manifestHash,
  shortcutApi,
} from './manifest.ts';

export type ManifestWriterDeps = {
  readonly catalogue: Pick<CatalogueReader, 'current' | 'fresh'>;
  readonly endpoints: SessionEndpoints;
  readonly lists: ListStore;
  readonly shortcutStore: Pick<ShortcutStore, 'live'>;
  readonly salts: Promise<ConnectSalts>;
  readonly limits: HubLimits;
  readonly clock: Clock;
};

/** For whom a manifest is. */
export type Reader = {
  readonly principal: SessionPrincipal;
  readonly saltId: string | undefined;
  readonly peerGuid: GuidText;
};

/** A manifest, and what there is to remember of it. */
export type Written = {
  readonly payload: EventPayload;
  readonly told: SentManifest;
  readonly hash: string;
};

/** Why a manifest is sent again, and how. */
export type Occasion = {
  readonly reason: ManifestReason;
  /** Whether the client takes what has changed, and needs no whole list. */
  readonly deltas: boolean;
  readonly shortcuts: ShortcutChange;
  /** The hash of the manifest that the client has, where it may lack shortcuts, too. */
  readonly knownHash?: string | undefined;
};

/** What a session may call at this moment. */
type Offer = {
  readonly list: EndpointList;
  readonly digest: string;
  readonly shortcuts: readonly Shortcut[];
  readonly hash: string;
};

/** Writes manifests. */
export class ManifestWriter {
  readonly #deps: ManifestWriterDeps;

  constructor(deps: ManifestWriterDeps) {
    this.#deps = deps;
  }

  /**
   * The first manifest of a connection.
   *
   * @param known The hash of the one that the client has.
   * @throws If the catalogue is old and cannot be read.
   */
  async first(reader: Reader, known: string | undefined): Promise<Written> {
    await this.#deps.catalogue.fresh();
    const offer = await this.#offer(reader);
    const content: Content =
      known === offer.hash ? { unchanged: true } : await this.#whole(reader, offer);
    return this.#write(reader, offer, content, 1, undefined);
  }

  /**
   * The manifest after another one. `undefined`: it would say the same.
   *
   * @throws If the catalogue is not in memory and cannot be read.
   */
  async next(reader: Reader, told: SentManifest, occasion: Occasion): Promise<Written | undefined> {
    const { deltas, shortcuts, knownHash } = occasion;
    const isListOnly = knownHash === undefined && isEmpty(shortcuts);
    if (isListOnly && (await this.#digestFor(reader)) === told.list) return undefined;
    const offer = await this.#offer(reader);
    if (offer.hash === knownHash) return undefined;
    const before = deltas ? this.#deps.lists.find(told.list) : undefined;
    const change = knownHash === undefined ? shortcuts : { added: offer.shortcuts, removed: [] };
    const content =
      before === undefined
        ? await this.#whole(reader, offer)
        : await this.#delta(reader, offer, before, change);
    return this.#write(reader, offer, content, told.version + 1, occasion.reason);
  }

  /** What a session may call, for one who asks otherwise than over its connection. */
  async describe(reader: Omit<Reader, 'peerGuid'>, version: number): Promise<Discovered> {
    const offer = await this.#offer(reader);
    const { sessionId } = reader.principal;
    const lists = await this.#whole(reader, offer);
    return { sessionId, ...lists, manifestHash: offer.hash, version };
  }

  /** Cheap, because it is the same for many. */
  async #digestFor({ principal }: Reader): Promise<string> {
    return (await this.#deps.catalogue.current()).listOf(principal).digest();
  }

  async #offer({ principal, saltId }: Omit<Reader, 'peerGuid'>): Promise<Offer> {
    const { catalogue, shortcutStore, salts, clock } = this.#deps;
    const { sessionId } = principal;
    const list = (await catalogue.current()).listOf(principal);
    const [digest, all] = await Promise.all([list.digest(), salts]);
    const shortcuts = shortcutStore.live(sessionId, clock());
    const hash = await manifestHash(saltOf(all, saltId).guid, sessionId, digest, shortcuts);
    return { list, digest, shortcuts, hash };
  }

  async #whole(
    { principal, saltId }: Omit<Reader, 'peerGuid'>,
    { list, shortcuts }: Offer,
  ): Promise<Lists> {
    const endpoints = await this.#deps.endpoints.mapOf(principal.sessionId, list, saltId);
    return listsOf(endpoints, shortcuts);
  }

  async #delta(
    { principal, saltId }: Reader,
    { list, shortcuts }: Offer,
    before: readonly Listing[],
    change: ShortcutChange,
  ): Promise<Content> {
    const { added, removed } = listChange(before, list.listings);
    const guidOf = (each: Listing) =>
      this.#deps.endpoints.guidOf(principal.sessionId, each, saltId);
    const toApi = async (each: Listing): Promise<ListedApi> => ({
      serviceId: await guidOf(each),
      endpoint: each.endpoint,
      service: each.service,
      description: each.description,
    });
    return {
      delta: true,
      added: [...(await Promise.all(added.map(toApi))), ...change.added.map(shortcutApi)],
      removed: [...(await Promise.all(removed.map(guidOf))), ...change.removed],
      shortcuts: shortcuts.map(shortcutView),
    };
  }

  #write(
    { principal, peerGuid }: Reader,
    { list, digest, hash }: Offer,
    content: Content,
    version: number,
    reason: ManifestReason | undefined,
  ): Written {
    const { lists, limits, clock } = this.#deps;
    lists.put(digest, list.listings);
    const { sessionId } = principal;
    const eventId = crypto.randomUUID();
    const facts = { sessionId, peerGuid, limits, version, reason, content, manifestHash: hash };
    return {
      payload: manifest({ ...facts, eventId, now: clock() }),
      told: { version, list: digest },
      hash,
    };
  }
}

const isEmpty = ({ added, removed }: ShortcutChange): boolean =>
  added.length === 0 && removed.length === 0;
