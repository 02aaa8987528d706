import { toBase64Url, utf8 } from '../../../shared/bytes.ts';
import type { Millis } from '../../../shared/clock.ts';
import type {
  Discovered,
  ListedApi,
  ListedShortcut,
  ManifestReason,
} from '../../../shared/contracts/connect/hub-rpc.ts';
import type { EventPayload } from '../../../shared/hub-protocol/event.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import type { Listing } from '../catalogue/catalogue.ts';
import { type EndpointMap, endpointKey } from '../catalogue/endpoint.ts';
import type { HubLimits } from '../frames/read-message.ts';
import { SHORTCUT_SERVICE, type Shortcut, shortcutView } from '../shortcuts/shortcut.ts';

/** Everything that a session can call. */
export type Lists = Pick<Discovered, 'availableApis' | 'shortcuts'>;

/** What a manifest says of what can be called. */
export type Content =
  | Lists
  /** The client has it. */
  | { readonly unchanged: true }
  | {
      readonly delta: true;
      /** Takes the place of what has its GUID. */
      readonly added: readonly ListedApi[];
      readonly removed: readonly GuidText[];
      readonly shortcuts: readonly ListedShortcut[];
    };

export type ManifestFacts = {
  readonly sessionId: string;
  readonly peerGuid: GuidText;
  readonly limits: HubLimits;
  /** Counts the manifests of a connection, from 1. */
  readonly version: number;
  /** Why it is sent again. Absent in the first. */
  readonly reason?: ManifestReason | undefined;
  readonly content: Content;
  readonly manifestHash: string;
  readonly eventId: string;
  readonly now: Millis;
};

/** What a client may call, under this session's GUIDs, and within which limits. */
export const manifest = (facts: ManifestFacts): EventPayload => ({
  eventName: 'connect.capability-manifest',
  eventId: facts.eventId,
  timestamp: new Date(facts.now).toISOString(),
  sessionId: facts.sessionId,
  version: facts.version,
  ...(facts.reason === undefined ? {} : { reason: facts.reason }),
  ...facts.content,
  peerGuid: facts.peerGuid,
  limits: {
    maxPayloadBytes: facts.limits.maxPayloadBytes,
    messagesPerMinute: facts.limits.messagesPerMinute,
    maxChannel: facts.limits.maxChannel,
    maxInFlight: facts.limits.maxInFlight,
  },
  manifestHash: facts.manifestHash,
});

/** Everything. Shortcuts stand among the services, too, for clients that know no other list. */
export const listsOf = (endpoints: EndpointMap, shortcuts: readonly Shortcut[]): Lists => ({
  availableApis: [...apisOf(endpoints), ...shortcuts.map(shortcutApi)],
  shortcuts: shortcuts.map(shortcutView),
});

const apisOf = (endpoints: EndpointMap): readonly ListedApi[] =>
  Array.from(endpoints, ([serviceId, endpoint]) => ({
    serviceId,
    endpoint: endpointKey(endpoint),
    service: endpoint.service,
    description: endpoint.description,
  }));

export const shortcutApi = ({
  shortcutId,
  name,
  description,
  displayName,
}: Shortcut): ListedApi => ({
  serviceId: shortcutId,
  endpoint: name,
  service: SHORTCUT_SERVICE,
  description: description ?? displayName ?? name,
});

/** What makes one list of another. */
export type ListChange = {
  /** Takes the place of what it has the name of. */
  readonly added: readonly Listing[];
  readonly removed: readonly Listing[];
};

export function listChange(before: readonly Listing[], now: readonly Listing[]): ListChange {
  const [old, next] = [byName(before), byName(now)];
  return {
    added: now.filter((each) => old.get(nameOf(each))?.description !== each.description),
    removed: before.filter((each) => !next.has(nameOf(each))),
  };
}

const byName = (listings: readonly Listing[]): ReadonlyMap<string, Listing> =>
  new Map(listings.map((each) => [nameOf(each), each]));

/** A service's name has no space. */
const nameOf = ({ service, endpoint }: Listing): string => `${service} ${endpoint}`;

/**
 * Names what a session may call. Two manifests of one session that say the same have the same hash,
 * and no two that differ: it is under the salt of the GUIDs, which change with it.
 *
 * @param list The digest of the endpoints.
 */
export async function manifestHash(
  salt: CryptoKey,
  sessionId: string,
  list: string,
  shortcuts: readonly Shortcut[],
): Promise<string> {
  const named = JSON.stringify(shortcuts.map(shortcutView));
  const text = utf8(`manifest:${list}|session:${sessionId}|shortcuts:${named}`);
  return toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', salt, text)));
}
