/** Whom an event is for. */
export type EventTarget =
  | { readonly session: string }
  | { readonly user: string }
  | { readonly role: string }
  | 'all';

/** Whom a service means. A session is found faster where its user is known. */
export type NewEventTarget =
  | { readonly sessionId: string; readonly userId?: string | undefined }
  | { readonly userId: string }
  | { readonly role: string }
  | 'all';

/** What a service wants to tell. */
export type NewEvent = {
  readonly target: NewEventTarget;
  readonly eventName: string;
  readonly payload?: Readonly<Record<string, unknown>> | undefined;
  /** Made up where it is missing: then the event cannot be published again safely. */
  readonly eventId?: string | undefined;
  readonly ephemeral?: boolean | undefined;
  readonly latestKey?: string | undefined;
};

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
