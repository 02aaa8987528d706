/**
 * The client of a Sallyport: sign-in, tokens, and the hub.
 *
 * @module
 */

export { memoryStorage, type SessionStorage, webStorage } from './auth/storage.ts';
export type { ApiTypes } from './hub/api-types.ts';
export type { Socket, SocketConstructor } from './hub/connection.ts';
export type { Decompress } from './hub/decompress.ts';
export type { HubEvent } from './hub/event-handlers.ts';
export type { CallOptions, Hub } from './hub/hub.ts';
export { HubError, type HubErrorName, type HubErrorOptions } from './hub/hub-error.ts';
export type { CloseReason, HubState, QueuePlace } from './hub/hub-state.ts';
export type { Manifest, ManifestEntry, ManifestShortcut } from './hub/manifest.ts';
export type { PeerMessage } from './hub/peers.ts';
export type { RequestHandler } from './hub/request-handlers.ts';
export type { Stop } from './listeners.ts';
export {
  type Credentials,
  type Registration,
  Sallyport,
  type SallyportEvents,
  type SallyportOptions,
  type SignedIn,
  type TokenProvider,
} from './sallyport.ts';
export { type ProblemDocument, SallyportError } from './sallyport-error.ts';
