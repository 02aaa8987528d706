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

export type ManifestWriterNeeds = {
  readonly catalogue: Pick<CatalogueReader, 'current' | 'fresh'>;
  readonly endpoints: Pick<SessionEndpoints, 'mapOf' | 'guidOf'>;
  readonly lists: Pick<ListStore, 'find' | 'put'>;
  readonly shortcuts: Pick<ShortcutStore, 'live'>;
  readonly salts: Promise<ConnectSalts>;
  readonly limits: HubLimits;
  readonly clock: Clock;
};

/** The session that a manifest is for. */
export type Recipient = {
  readonly principal: SessionPrincipal;
  readonly saltId: string | undefined;
  readonly peerGuid: GuidText;
};

/** A manifest, and what the connection records of it. */
export type WrittenManifest = {
  readonly payload: EventPayload;
  readonly sent: SentManifest;
  readonly hash: string;
};

/** Why a manifest is sent again. */
export type ManifestUpdate = {
  readonly reason: ManifestReason;
  /** Whether the client understands manifests that list only what has changed. */
  readonly deltas: boolean;
  readonly shortcuts: ShortcutChange;
  /** The hash of the client's manifest, where its shortcuts have to be compared, too. */
  readonly clientHash?: string | undefined;
};

/** What a session may call at this moment. */
type Capabilities = {
  readonly list: EndpointList;
  readonly digest: string;
  readonly shortcuts: readonly Shortcut[];
  readonly hash: string;
};

/** Writes the manifests that connections are sent. */
export class ManifestWriter {
  readonly #needs: ManifestWriterNeeds;

  constructor(needs: ManifestWriterNeeds) {
    this.#needs = needs;
  }

  /**
   * The first manifest of a connection.
   *
   * @param clientHash The hash of the manifest that the client has.
   * @throws If the catalogue is old and cannot be read.
   */
  async first(recipient: Recipient, clientHash: string | undefined): Promise<WrittenManifest> {
    await this.#needs.catalogue.fresh();
    const capabilities = await this.#capabilitiesOf(recipient);
    const content: Content =
      clientHash === capabilities.hash
        ? { unchanged: true }
        : await this.#whole(recipient, capabilities);
    return this.#write(recipient, capabilities, content, 1, undefined);
  }

  /**
   * The manifest after the one that was sent. `undefined` if nothing has changed.
   *
   * @throws If no catalogue is cached and it cannot be read.
   */
  async next(
    recipient: Recipient,
    sent: SentManifest,
    update: ManifestUpdate,
  ): Promise<WrittenManifest | undefined> {
    const { deltas, shortcuts, clientHash } = update;
    const isListOnly = clientHash === undefined && isEmpty(shortcuts);
    if (isListOnly && (await this.#digestFor(recipient)) === sent.list) return undefined;
    const capabilities = await this.#capabilitiesOf(recipient);
    if (capabilities.hash === clientHash) return undefined;
    const before = deltas ? this.#needs.lists.find(sent.list) : undefined;
    const change =
      clientHash === undefined ? shortcuts : { added: capabilities.shortcuts, removed: [] };
    const content =
      before === undefined
        ? await this.#whole(recipient, capabilities)
        : await this.#delta(recipient, capabilities, before, change);
    return this.#write(recipient, capabilities, content, sent.version + 1, update.reason);
  }

  /** What a session may call, for a client that asks over HTTP [H81]. */
  async describe(recipient: Omit<Recipient, 'peerGuid'>, version: number): Promise<Discovered> {
    const capabilities = await this.#capabilitiesOf(recipient);
    const { sessionId } = recipient.principal;
    const lists = await this.#whole(recipient, capabilities);
    return { sessionId, ...lists, manifestHash: capabilities.hash, version };
  }

  /** The digest of the list, which is shared by many sessions and so cheap. */
  async #digestFor({ principal }: Recipient): Promise<string> {
    return (await this.#needs.catalogue.current()).listOf(principal).digest();
  }

  async #capabilitiesOf({ principal, saltId }: Omit<Recipient, 'peerGuid'>): Promise<Capabilities> {
    const { catalogue, shortcuts: shortcutStore, salts, clock } = this.#needs;
    const { sessionId } = principal;
    const list = (await catalogue.current()).listOf(principal);
    const [digest, all] = await Promise.all([list.digest(), salts]);
    const shortcuts = shortcutStore.live(sessionId, clock());
    const hash = await manifestHash(saltOf(all, saltId).guid, sessionId, digest, shortcuts);
    return { list, digest, shortcuts, hash };
  }

  async #whole(
    { principal, saltId }: Omit<Recipient, 'peerGuid'>,
    { list, shortcuts }: Capabilities,
  ): Promise<Lists> {
    const endpoints = await this.#needs.endpoints.mapOf(principal.sessionId, list, saltId);
    return listsOf(endpoints, shortcuts);
  }

  async #delta(
    { principal, saltId }: Recipient,
    { list, shortcuts }: Capabilities,
    before: readonly Listing[],
    change: ShortcutChange,
  ): Promise<Content> {
    const { added, removed } = listChange(before, list.listings);
    const guidOf = (each: Listing) =>
      this.#needs.endpoints.guidOf(principal.sessionId, each, saltId);
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
    { principal, peerGuid }: Recipient,
    { list, digest, hash }: Capabilities,
    content: Content,
    version: number,
    reason: ManifestReason | undefined,
  ): WrittenManifest {
    const { lists, limits, clock } = this.#needs;
    lists.put(digest, list.listings);
    const { sessionId } = principal;
    const eventId = crypto.randomUUID();
    const facts = { sessionId, peerGuid, limits, version, reason, content, manifestHash: hash };
    return {
      payload: manifest({ ...facts, eventId, now: clock() }),
      sent: { version, list: digest },
      hash,
    };
  }
}

const isEmpty = ({ added, removed }: ShortcutChange): boolean =>
  added.length === 0 && removed.length === 0;
