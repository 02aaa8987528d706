/**
 * The contents of a capability manifest: rules [H75]–[H81] and [H87].
 *
 * @module
 */

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

/** The complete lists of what a session can call. */
export type Lists = Pick<Discovered, 'availableApis' | 'shortcuts'>;

/** The part of a manifest that says what can be called. */
export type Content =
  | Lists
  /** The client has the lists already. */
  | { readonly unchanged: true }
  | {
      readonly delta: true;
      /** Each replaces the entry with its GUID. */
      readonly added: readonly ListedApi[];
      readonly removed: readonly GuidText[];
      readonly shortcuts: readonly ListedShortcut[];
    };

export type ManifestFacts = {
  readonly sessionId: string;
  readonly peerGuid: GuidText;
  readonly limits: HubLimits;
  /** The number of the manifest among those of its connection, from 1. */
  readonly version: number;
  /** Why the manifest is sent again. Absent in the first. */
  readonly reason?: ManifestReason | undefined;
  readonly content: Content;
  readonly manifestHash: string;
  readonly eventId: string;
  readonly now: Millis;
};

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

/** Shortcuts are in both lists, for clients that do not read `shortcuts`. */
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

/** The difference between two lists. */
export type ListChange = {
  /** Each replaces the entry with its name. */
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

/** The space separates: no service name contains one. */
const nameOf = ({ service, endpoint }: Listing): string => `${service} ${endpoint}`;

/**
 * The `manifestHash` of what a session may call. The key is the salt of the GUIDs, so that the hash
 * changes when they do [H75].
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
