/** Whom an event is for. */
export type EventTarget =
  | { readonly session: string }
  | { readonly user: string }
  | { readonly role: string }
  | 'all';

/** What a service tells clients. */
export type ClientEvent = {
  /** Published again within the reconnection window, it changes nothing. At most 128 characters. */
  readonly eventId: string;
  readonly eventName: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly target: EventTarget;
  /** Further members of what the client gets. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Not kept: who is not connected at this moment never gets it. */
  readonly ephemeral: boolean;
  /** Of the events with one key, only the latest matters to a client that is behind. */
  readonly latestKey?: string | undefined;
};
