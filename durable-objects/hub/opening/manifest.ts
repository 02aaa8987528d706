import { sha256, toBase64Url, utf8 } from '../../../shared/bytes.ts';
import type { Millis } from '../../../shared/clock.ts';
import type { EventPayload } from '../../../shared/hub-protocol/event.ts';
import { type EndpointMap, endpointKey } from '../catalogue/endpoint.ts';
import type { HubLimits } from '../hub.ts';

export type ManifestFacts = {
  readonly sessionId: string;
  readonly peerGuid: string;
  readonly endpoints: EndpointMap;
  readonly limits: HubLimits;
  readonly eventId: string;
  readonly now: Millis;
};

/**
 * The first thing a client hears: what it may call, and within which limits.
 *
 * Services are listed under this session's GUIDs. `manifestHash` is the SHA-256 of the two lists as
 * they are serialized: the same lists have the same hash.
 */
export async function manifest(facts: ManifestFacts): Promise<EventPayload> {
  const { limits } = facts;
  const availableApis = [...facts.endpoints].map(([serviceId, endpoint]) => ({
    serviceId,
    endpoint: endpointKey(endpoint),
    service: endpoint.service,
    description: endpoint.description,
  }));
  const shortcuts: readonly never[] = [];
  return {
    eventName: 'connect.capability-manifest',
    eventId: facts.eventId,
    timestamp: new Date(facts.now).toISOString(),
    sessionId: facts.sessionId,
    version: 1,
    availableApis,
    shortcuts,
    peerGuid: facts.peerGuid,
    limits: {
      maxPayloadBytes: limits.maxPayloadBytes,
      messagesPerMinute: limits.messagesPerMinute,
      maxChannel: limits.maxChannel,
      maxInFlight: limits.maxInFlight,
    },
    manifestHash: toBase64Url(await sha256(utf8(JSON.stringify({ availableApis, shortcuts })))),
  };
}
