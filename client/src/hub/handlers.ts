import { encodeFrame } from '../../../shared/hub-protocol/encode-frame.ts';
import { Flag, hasFlag, type RequestFrame } from '../../../shared/hub-protocol/frame.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import {
  isResponseName,
  RESPONSE_CODES,
  type ResponseName,
} from '../../../shared/hub-protocol/response-codes.ts';
import { isObject, type JsonObject, textOf } from '../common/json.ts';
import { Listeners, type Stop } from '../common/listeners.ts';
import { HubError } from './hub-error.ts';
import { fromPayload, toPayload } from './payload.ts';

/** The members that every event has. The others depend on the event. */
export type HubEvent = {
  readonly eventName: string;
  readonly eventId: string;
  /** RFC 3339, by the server's clock. */
  readonly timestamp: string;
  readonly [member: string]: unknown;
};

/** The listeners of events, by name. */
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

  emit(payload: JsonObject): void {
    const event: HubEvent = {
      ...payload,
      eventName: textOf(payload['eventName']) ?? '',
      eventId: textOf(payload['eventId']) ?? '',
      timestamp: textOf(payload['timestamp']) ?? '',
    };
    this.#named.get(event.eventName)?.emit(event);
    this.#any.emit(event);
  }
}

/** Answers a request of a service. A `Uint8Array` is sent as it is, any other value as JSON. */
export type RequestHandler = (payload: Readonly<Record<string, unknown>>) => unknown;

/** Answers the requests that services send to this client. */
export class RequestHandlers {
  readonly #handlers = new Map<string, RequestHandler>();

  /** @throws {TypeError} If the name has a handler, because a request has one answer. */
  handle(eventName: string, handler: RequestHandler): Stop {
    if (this.#handlers.has(eventName)) {
      throw new TypeError(`Cannot handle '${eventName}': it has a handler`);
    }
    this.#handlers.set(eventName, handler);
    return () => void this.#handlers.delete(eventName);
  }

  /** The 16-byte response to a request. */
  async answer(frame: RequestFrame): Promise<Uint8Array<ArrayBuffer>> {
    const payload = fromPayload(frame.payload);
    const request = isObject(payload) ? payload : {};
    const handler = this.#handlers.get(textOf(request['eventName']) ?? '');
    if (handler === undefined) return responseTo(frame, 'ServiceNotFound', undefined);
    try {
      return responseTo(frame, 'OK', await handler(request));
    } catch (error) {
      return responseTo(frame, nameOf(error), undefined);
    }
  }
}

/** A handler chooses the code by a {@link HubError}. Other errors are not shown to the service. */
function nameOf(error: unknown): ResponseName {
  const name = error instanceof HubError ? error.name : '';
  return isResponseName(name) ? name : 'Service_InternalServerError';
}

function responseTo(
  { channel, sequence, messageId }: RequestFrame,
  name: ResponseName,
  value: unknown,
): Uint8Array<ArrayBuffer> {
  const isBinary = value instanceof Uint8Array;
  return encodeFrame({
    kind: 'response',
    flags: Flag.response | (isBinary ? Flag.binary : 0),
    channel,
    sequence,
    messageId,
    code: RESPONSE_CODES[name].code,
    payload: isBinary ? value : toPayload(value),
  });
}

/** A message of another client. The hub guarantees `from`, and nothing else. */
export type PeerMessage = {
  /** The sender's peer GUID, to which an answer can be sent. */
  readonly from: GuidText;
  readonly channel: number;
  /** A `Uint8Array` where the sender sent bytes, else the parsed JSON. */
  readonly payload: unknown;
};

export const toPeerMessage = ({ guid, channel, flags, payload }: RequestFrame): PeerMessage => ({
  from: guid,
  channel,
  payload: hasFlag(flags, Flag.binary) ? payload : fromPayload(payload),
});
