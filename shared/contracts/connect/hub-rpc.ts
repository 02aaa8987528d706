/**
 * The methods of a hub that the connect Worker, other hubs, the registry and the queue call.
 *
 * @module
 */

import type { Millis } from '../../clock.ts';
import type { ResponseName } from '../../hub-protocol/response-codes.ts';
import type { SessionPrincipal } from '../edge/principal.ts';
import type { ClientEvent } from './client-event.ts';
import type { RolesChanged, SessionEndReason } from './connect-rpc.ts';

/** Ends connections. */
export interface HubEndingRpc {
  /** Closes a connection whose session has a newer one. Returns whether there was one to close. */
  supersede(connectionId: string): Promise<boolean>;
  /** Closes the connections of these sessions. Idempotent. Returns how many it closed. */
  endSessions(sessionIds: readonly string[], reason: SessionEndReason): Promise<number>;
  /**
   * Asks every client to come back, spread over a time: before a deploy, or to empty a hub. Returns
   * how many were asked.
   */
  drain(over: Millis): Promise<number>;
}

/** A connection, as an administrator sees it. */
export type ConnectionView = {
  readonly connectionId: string;
  readonly sessionId: string;
  readonly hub: string;
  readonly clientId: string;
  readonly roles: readonly string[];
  readonly peerGuid: string;
  readonly clientIp: string;
  readonly country: string;
  /** When the client was last heard, by the hub or by the runtime that answers its keep-alives. */
  readonly heardAt: Millis;
  /** When its access token expires. */
  readonly expiresAt: Millis;
};

/** Says who is where. */
export interface HubPresenceRpc {
  /** Which of these sessions are connected, or have a stream that waits for them. */
  holding(sessionIds: readonly string[]): Promise<readonly string[]>;
  /** The open connections of a user. */
  connectionsOf(subject: string): Promise<readonly ConnectionView[]>;
}

/** How many connections an event reached, and how many streams without one keep it. */
export type Published = { readonly delivered: number; readonly kept: number };

/** Sends events to clients. */
export interface HubPublishRpc {
  /**
   * The events are durable once it resolves. An event whose id is in the log already is ignored.
   */
  publish(events: readonly ClientEvent[]): Promise<Published>;
}

/** A request to a client. */
export type Question = {
  readonly sessionId: string;
  readonly eventName: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly timeout: Millis;
};

export type QuestionOutcome =
  | {
      readonly as: 'answered';
      readonly code: number;
      readonly payload: Uint8Array;
      readonly binary: boolean;
    }
  | { readonly as: 'not_connected' | 'timeout' | 'disconnected' };

/** Sends a client a request, and waits for its 16-byte response. */
export interface HubQuestionRpc {
  ask(question: Question): Promise<QuestionOutcome>;
}

/** A message from one client to another, on its way between hubs. */
export type PeerMessage = {
  readonly from: string;
  readonly to: string;
  readonly flags: number;
  readonly channel: number;
  readonly messageId: bigint;
  readonly payload: Uint8Array;
};

/** How other clients address a session. */
export type Peer = { readonly sessionId: string; readonly peerGuid: string };

export interface HubPeerRpc {
  /** Returns whether the peer is connected here, and so got it. */
  deliverToPeer(message: PeerMessage): Promise<boolean>;
  /** Delivers to every client of the hub but the sender. Returns how many there are. */
  deliverToAll(message: PeerMessage): Promise<number>;
  /** The peer GUIDs of those of these sessions that are connected here. */
  peersOf(sessionIds: readonly string[]): Promise<readonly Peer[]>;
}

/** Why a manifest is sent again. */
export type ManifestReason = 'permission_change' | 'service_update' | 'session_update';

/** An endpoint or shortcut that a session can call, as its manifest lists it. */
export type ListedApi = {
  /** The GUID under which this session calls it. */
  readonly serviceId: string;
  /** `METHOD:/path`; the name of a shortcut. */
  readonly endpoint: string;
  readonly service: string;
  readonly description: string;
};

export type ListedShortcut = {
  readonly shortcutId: string;
  readonly serviceId: string;
  readonly name: string;
  readonly service: string;
  readonly targetService: string;
  readonly endpoint: string;
  readonly description?: string | undefined;
  readonly displayName?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** RFC 3339. */
  readonly expiresAt?: string | undefined;
};

/** What a session may call. */
export type Discovered = {
  readonly sessionId: string;
  readonly availableApis: readonly ListedApi[];
  readonly shortcuts: readonly ListedShortcut[];
  readonly manifestHash: string;
  /** The version of the last manifest, or 0 if the session is not connected. */
  readonly version: number;
};

/** Updates manifests. */
export interface HubManifestRpc {
  /** The catalogue has changed: sends each client whose list changed a new manifest. */
  catalogueChanged(): Promise<void>;
  /**
   * Applies a change of a user's roles. Idempotent. An older change does not replace a newer one.
   * Returns how many connections had other roles.
   */
  rolesChanged(change: RolesChanged): Promise<number>;
  /** What a session may call, in the form of its manifest. */
  discover(principal: SessionPrincipal): Promise<Discovered>;
}

/** A call by name, over HTTP instead of a socket. */
export type NamedCall = {
  readonly principal: SessionPrincipal;
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly payload: Uint8Array;
  readonly clientIp: string;
  readonly country: string;
  readonly correlationId: string;
};

export type NamedCallOutcome = {
  readonly name: ResponseName;
  readonly payload: Uint8Array;
  readonly binary: boolean;
  /** The `Content-Type` of the service's answer. */
  readonly contentType?: string;
};

export interface HubCallRpc {
  callByName(call: NamedCall): Promise<NamedCallOutcome>;
}

/** A call that a service prepares under a name for one session. */
export type ShortcutBinding = {
  readonly sessionId: string;
  readonly name: string;
  /** The `client_id` of the service. */
  readonly source: string;
  /** The service of the endpoint that the shortcut calls. */
  readonly service: string;
  /** `METHOD:/path`. */
  readonly endpoint: string;
  readonly payload: Uint8Array;
  /** Whether the payload is bytes and not UTF-8 JSON. */
  readonly binary: boolean;
  readonly description: string | null;
  readonly displayName: string | null;
  readonly tags: readonly string[];
  readonly expiresAt: Millis | null;
};

export type BindOutcome =
  | { readonly as: 'bound'; readonly shortcutId: string }
  /**
   * The hub holds nothing of the session; there is no such endpoint; its service does not let the source
   * bind it; the session has its fill, or its fill of shortcuts of this source.
   */
  | { readonly as: 'no_session' | 'no_target' | 'not_lent' | 'too_many' | 'too_many_of_source' };

export type ShortcutRevocation = {
  readonly sessionId: string;
  readonly source: string;
  /** `undefined` revokes all shortcuts of the source. */
  readonly name?: string | undefined;
};

/** Prepares calls for a session. */
export interface HubShortcutRpc {
  /** Replaces the shortcut of that name and source. */
  bindShortcut(binding: ShortcutBinding): Promise<BindOutcome>;
  /** Returns how many were revoked by it. */
  revokeShortcuts(revocation: ShortcutRevocation): Promise<number>;
}
