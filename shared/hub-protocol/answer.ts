import { utf8 } from '../bytes.ts';
import type { Millis } from '../clock.ts';
import { type Correlation, Flag, RESPONSE_HEADER_BYTES } from './frame.ts';
import { parseJson } from './json-payload.ts';
import { RESPONSE_CODES, type ResponseName } from './response-codes.ts';

/** The answer to a request. */
export type Answer = {
  readonly name: ResponseName;
  readonly payload: Uint8Array;
  /** Whether `payload` is bytes and not UTF-8 text. */
  readonly binary: boolean;
  /** The `Content-Type` of the service's answer. */
  readonly contentType?: string;
  /** How long to wait before the next attempt, if that is known. */
  readonly retryAfterMs?: Millis | undefined;
  /** The payload is a view of the decoded request, over which the response is written. */
  readonly inPlace?: true;
};

const EMPTY = new Uint8Array();

export const emptyAnswer = (name: ResponseName): Answer => ({
  name,
  payload: EMPTY,
  binary: false,
});

export const jsonAnswer = (value: unknown, name: ResponseName = 'OK'): Answer => ({
  name,
  payload: utf8(JSON.stringify(value)),
  binary: false,
});

/**
 * The answer as the client gets it. An error has no payload, or a problem document (RFC 9457) if
 * the client asked for those, with `retryAfterMs` if that is known.
 */
export function presentAnswer(answer: Answer, problemWanted: boolean): Answer {
  if (answer.name === 'OK') return answer;
  if (!problemWanted) return emptyAnswer(answer.name);
  const { name, payload, retryAfterMs } = answer;
  if (retryAfterMs === undefined && payload.length > 0) return answer;
  return jsonAnswer({ ...(readObject(payload) ?? problemOf(name)), retryAfterMs }, name);
}

function problemOf(name: ResponseName): object {
  const { title, status } = RESPONSE_CODES[name];
  return { type: `/docs/protocol#${name}`, title, status, code: name };
}

function readObject(payload: Uint8Array): object | undefined {
  const value = parseJson(payload);
  return typeof value === 'object' && value !== null ? value : undefined;
}

/**
 * The response to a request. It has the request's flags and {@link Flag.response}, and the binary
 * flag tells about the response's payload.
 */
export function responseBytes(
  { flags, channel, sequence, messageId }: Correlation & { readonly flags: number },
  answer: Answer,
): Uint8Array {
  const { name, binary } = answer;
  const copied = flags & (Flag.meta | Flag.client);
  const bytes = answer.inPlace === true ? over(answer.payload) : around(answer.payload);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint8(0, Flag.response | copied | (binary ? Flag.binary : 0));
  view.setUint16(1, channel);
  view.setUint32(3, sequence);
  view.setBigUint64(7, messageId);
  view.setUint8(15, RESPONSE_CODES[name].code);
  return bytes;
}

function around(payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(RESPONSE_HEADER_BYTES + payload.length);
  bytes.set(payload, RESPONSE_HEADER_BYTES);
  return bytes;
}

/** A request's header is longer than a response's, so there is room before its payload. */
const over = ({ buffer, byteOffset, length }: Uint8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset - RESPONSE_HEADER_BYTES, RESPONSE_HEADER_BYTES + length);
