/**
 * The client of a Sallyport: sign-in, tokens, and the hub.
 *
 * @module
 */

export { memoryStorage, type SessionStorage, webStorage } from './auth/session-store.ts';
export { type ProblemDocument, SallyportError } from './common/errors.ts';
export type { Stop } from './common/listeners.ts';
export type { Socket, SocketConstructor } from './common/platform.ts';
export type { ApiTypes } from './hub/api-types.ts';
export type { Decompress } from './hub/frame-socket.ts';
export type { HubEvent, PeerMessage, RequestHandler } from './hub/handlers.ts';
export type { CallOptions, Hub } from './hub/hub.ts';
export { HubError, type HubErrorName, type HubErrorOptions } from './hub/hub-error.ts';
export type { CloseReason, HubState, QueuePlace } from './hub/hub-state.ts';
export type { Manifest, ManifestEntry, ManifestShortcut } from './hub/manifest.ts';
export {
  type Credentials,
  type Registration,
  Sallyport,
  type SallyportEvents,
  type SallyportOptions,
  type SignedIn,
  type TokenProvider,
} from './sallyport.ts';
