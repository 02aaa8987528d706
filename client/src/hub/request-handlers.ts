import { encodeFrame } from '../../../shared/hub-protocol/encode-frame.ts';
import { Flag, type RequestFrame } from '../../../shared/hub-protocol/frame.ts';
import {
  isResponseName,
  RESPONSE_CODES,
  type ResponseName,
} from '../../../shared/hub-protocol/response-codes.ts';
import { isObject, textOf } from '../json.ts';
import type { Stop } from '../listeners.ts';
import { HubError } from './hub-error.ts';
import { fromPayload, toPayload } from './payload.ts';

/** Answers a request of a service. Bytes are answered as they are, anything else as JSON. */
export type RequestHandler = (payload: Readonly<Record<string, unknown>>) => unknown;

/** Answers what services ask this client. */
export class RequestHandlers {
  readonly #handlers = new Map<string, RequestHandler>();

  /** @throws {TypeError} If there is a handler for the name: a request has one answer. */
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

/** A handler chooses the code by what it throws; what else it throws is its own affair. */
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
