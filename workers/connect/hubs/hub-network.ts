import { rpc } from '../../../shared/contracts/bindings.ts';
import {
  type ConnectedSession,
  directoryName,
} from '../../../shared/contracts/connect/connect-rpc.ts';
import type {
  HubCallRpc,
  HubEndingRpc,
  HubManifestRpc,
  HubPeerRpc,
  HubPresenceRpc,
  HubPublishRpc,
  HubQuestionRpc,
  HubShortcutRpc,
} from '../../../shared/contracts/connect/hub-rpc.ts';
import { REGISTRY_NAME } from '../../../shared/contracts/connect/registry-rpc.ts';
import { fnv1a } from '../../../shared/fnv1a.ts';
import { inParallel } from '../../../shared/in-parallel.ts';

/** The methods of a hub that this Worker calls. */
export type HubRpc = HubCallRpc &
  HubEndingRpc &
  HubManifestRpc &
  HubPeerRpc &
  HubPresenceRpc &
  HubPublishRpc &
  HubQuestionRpc &
  HubShortcutRpc;

/** The hubs that have a connection or a stream of a session, by session. */
export type Whereabouts = ReadonlyMap<string, readonly string[]>;

type HubNamespaces = Pick<ConnectEnv, 'HUBS' | 'DIRECTORIES' | 'REGISTRIES'>;

export type NetworkNeeds = { readonly network: HubNetwork };

const AT_ONCE = 16;

/** Calls the hubs of the deployment, and finds out which have a session or a user. */
export class HubNetwork {
  readonly #env: HubNamespaces;
  readonly #hubsPerRegion: number;

  constructor(env: HubNamespaces, hubsPerRegion: number) {
    this.#env = env;
    this.#hubsPerRegion = hubsPerRegion;
  }

  /** The hub to which a session of a region connects. */
  hubOf(region: Region, sessionId: string): string {
    return hubName(region, sessionId, this.#hubsPerRegion);
  }

  /** Every hub that may have a client. */
  async all(): Promise<readonly string[]> {
    return this.#env.REGISTRIES.getByName(REGISTRY_NAME).hubs();
  }

  /**
   * Calls several hubs at once.
   *
   * @throws The first failure; by then every hub has been asked.
   */
  ask<T>(
    hubs: readonly string[],
    question: (hub: HubRpc, name: string) => Promise<T>,
  ): Promise<readonly T[]> {
    return inParallel(hubs, AT_ONCE, (name) =>
      question(rpc<HubRpc>(this.#env.HUBS.getByName(name)), name),
    );
  }

  /**
   * Passes an upgrade to a hub. The 101 must be returned unchanged, or the socket could not
   * hibernate.
   */
  async upgrade(hub: string, request: Request): Promise<Response> {
    return this.#env.HUBS.getByName(hub).fetch(request);
  }

  /** The sessions that a hub has a connection or a stream of, by user. */
  async ofUsers(
    userIds: readonly string[],
  ): Promise<ReadonlyMap<string, readonly ConnectedSession[]>> {
    const found = await inParallel(userIds, AT_ONCE, async (userId) => {
      const directory = this.#env.DIRECTORIES.getByName(directoryName(userId));
      return [userId, await directory.sessions()] as const;
    });
    return new Map(found);
  }

  /** Finds the hubs of sessions whose users are not known. */
  async ofSessions(sessionIds: readonly string[]): Promise<Whereabouts> {
    const hubs = await this.all();
    const likely = (id: string, hub: string) => isLikelyHub(hub, id, this.#hubsPerRegion);
    const found = await this.#find(sessionIds, hubs, likely);
    const missing = sessionIds.filter((id) => !found.has(id));
    // A stream stays at its hub when the number of hubs changes.
    const elsewhere = await this.#find(missing, hubs, (id, hub) => !likely(id, hub));
    return new Map([...found, ...elsewhere]);
  }

  async #find(
    sessionIds: readonly string[],
    hubs: readonly string[],
    mayHold: (sessionId: string, hub: string) => boolean,
  ): Promise<Whereabouts> {
    const candidates = hubs.filter((hub) => sessionIds.some((id) => mayHold(id, hub)));
    const held = await this.ask(candidates, async (hub, name) => {
      const ids = await hub.holding(sessionIds.filter((id) => mayHold(id, name)));
      return ids.map((id) => ({ id, name }));
    });
    const bySession = Map.groupBy(held.flat(), ({ id }) => id);
    return new Map([...bySession].map(([id, all]) => [id, all.map(({ name }) => name)]));
  }
}

/** A continent code, or `local` where the platform does not say. */
export type Region = string;

/** The region of a request's client. */
export function regionOf(cf: unknown): Region {
  if (typeof cf !== 'object' || cf === null || !('continent' in cf)) return 'local';
  const { continent } = cf;
  return typeof continent === 'string' && /^[A-Z]{2}$/.test(continent)
    ? continent.toLowerCase()
    : 'local';
}

/** The hub of a session: the same for every connection of it from one region. */
export function hubName(region: Region, sessionId: string, hubsPerRegion: number): string {
  return `hub:${region}:${fnv1a(sessionId) % hubsPerRegion}`;
}

/** Whether it is a hub that {@link hubName} chooses for the session, in whatever region. */
function isLikelyHub(hub: string, sessionId: string, hubsPerRegion: number): boolean {
  return hub.endsWith(`:${fnv1a(sessionId) % hubsPerRegion}`);
}
