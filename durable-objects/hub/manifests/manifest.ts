import type { Millis } from '../../../shared/clock.ts';
import type {
  Discovered,
  ListedApi,
  ListedShortcut,
  ManifestReason,
} from '../../../shared/contracts/connect/hub-rpc.ts';
import type { EventPayload } from '../../../shared/hub-protocol/event.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import { type EndpointMap, endpointKey } from '../catalogue/endpoint.ts';
import type { HubLimits } from '../hub.ts';
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
