/** The recipients of an event. */
export type EventTarget =
  | { readonly session: string }
  | { readonly user: string }
  | { readonly role: string }
  | 'all';

/** The recipients as a service names them. A session is found faster if its user is given. */
export type NewEventTarget =
  | { readonly sessionId: string; readonly userId?: string | undefined }
  | { readonly userId: string }
  | { readonly role: string }
  | 'all';

/** An event as a service sends it. */
export type NewEvent = {
  readonly target: NewEventTarget;
  readonly eventName: string;
  readonly payload?: Readonly<Record<string, unknown>> | undefined;
  /** Without it the hub makes one, and the event cannot be published again safely. */
  readonly eventId?: string | undefined;
  readonly ephemeral?: boolean | undefined;
  readonly latestKey?: string | undefined;
};

/** An event as hubs deliver it. */
export type ClientEvent = {
  /**
   * An event whose id was published within the reconnection window is ignored. At most 128
   * characters.
   */
  readonly eventId: string;
  readonly eventName: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly target: EventTarget;
  /** Further members of the event's payload. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** The event is not logged, so a client that is not connected never gets it. */
  readonly ephemeral: boolean;
  /** Of the events with one key, only the latest matters to a client that is behind. */
  readonly latestKey?: string | undefined;
};
