import { type JsonObject, textOf } from '../json.ts';
import { Listeners, type Stop } from '../listeners.ts';

/** What every event says. Its other members are its own. */
export type HubEvent = {
  readonly eventName: string;
  readonly eventId: string;
  /** RFC 3339, by the server's clock. */
  readonly timestamp: string;
  readonly [member: string]: unknown;
};

/** Whom to tell of which event. */
export class EventHandlers {
  readonly #any = new Listeners<HubEvent>();
  readonly #named = new Map<string, Listeners<HubEvent>>();

  on(eventName: string, handler: (event: HubEvent) => void): Stop {
    const listeners = this.#named.get(eventName) ?? new Listeners<HubEvent>();
    this.#named.set(eventName, listeners);
    return listeners.add(handler);
  }

  onAny(handler: (event: HubEvent) => void): Stop {
    return this.#any.add(handler);
  }

  tell(payload: JsonObject): void {
    const event: HubEvent = {
      ...payload,
      eventName: textOf(payload['eventName']) ?? '',
      eventId: textOf(payload['eventId']) ?? '',
      timestamp: textOf(payload['timestamp']) ?? '',
    };
    this.#named.get(event.eventName)?.tell(event);
    this.#any.tell(event);
  }
}
