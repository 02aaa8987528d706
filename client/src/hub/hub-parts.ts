import type { Listeners } from '../listeners.ts';
import type { Calls } from './calls.ts';
import type { CurrentManifest } from './current-manifest.ts';
import type { EventHandlers } from './event-handlers.ts';
import type { PeerMessage } from './peers.ts';
import type { RequestHandlers } from './request-handlers.ts';
import type { StreamPosition } from './stream-position.ts';

/** What outlives the connections of a hub. */
export type HubParts = {
  readonly calls: Calls;
  readonly events: EventHandlers;
  readonly requests: RequestHandlers;
  readonly peers: Listeners<PeerMessage>;
  readonly manifest: CurrentManifest;
  readonly position: StreamPosition;
};
