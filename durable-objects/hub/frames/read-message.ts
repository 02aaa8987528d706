/**
 * What the hub makes of one message before it looks at what is asked: the rules [H6]–[H11].
 *
 * @module
 */

import type { Millis } from '../../../shared/clock.ts';
import {
  admitFrame,
  decodeFrame,
  type FrameLimits,
  type Refusal,
  refuse,
  unreadable,
} from '../../../shared/hub-protocol/decode-frame.ts';
import {
  expectsResponse,
  type Frame,
  type RequestFrame,
  type ResponseFrame,
} from '../../../shared/hub-protocol/frame.ts';
import { err, type Result } from '../../../shared/result.ts';
import { countMessage, type RateWindow, refuseMessage, waitFor } from './rates.ts';

export type HubLimits = FrameLimits & {
  readonly messagesPerMinute: number;
  readonly maxInFlight: number;
};

/** What is counted of one connection. Survives hibernation. */
export type Meter = {
  readonly rate: RateWindow;
  readonly malformed: number;
  readonly text: number;
};

const MALFORMED_LIMIT = 10;
const TEXT_LIMIT = 3;

export type Verdict =
  | { readonly kind: 'refuse'; readonly refusal: Refusal; readonly close: boolean }
  | Limit
  | { readonly kind: 'serve'; readonly frame: RequestFrame }
  | { readonly kind: 'answer'; readonly frame: ResponseFrame };

/** What becomes of a message that is too many. */
export type Limit = {
  readonly kind: 'limit';
  /** Absent where nobody waits for one. */
  readonly refusal: Refusal | undefined;
  /** The client has not been told in this minute. */
  readonly first: boolean;
  /** It goes on sending what is refused. */
  readonly close: boolean;
  readonly retryAfterMs: Millis;
};

export type MessageReading = { readonly meter: Meter; readonly verdict: Verdict };

/** Judges a message by its type and header. The cost does not depend on its length. */
export function readMessage(
  message: string | ArrayBuffer,
  meter: Meter,
  limits: HubLimits,
  now: Millis,
): MessageReading {
  const read = typeof message === 'string' ? err(TEXT) : decodeFrame(message);
  const rate = countMessage(meter.rate, now, limits.messagesPerMinute);
  if (rate === undefined) return overrun(meter, read, limits, now);

  // Not all of `meter`, which may be a part of something larger, and is copied for every message.
  const counted = { rate, malformed: meter.malformed, text: meter.text };
  if (!read.ok) return strike(counted, read.error);
  const admitted = admitFrame(read.value, limits);
  if (!admitted.ok) return strike(counted, admitted.error);
  return { meter: counted, verdict: accept(admitted.value) };
}

const accept = (frame: Frame): Verdict =>
  frame.kind === 'response' ? { kind: 'answer', frame } : { kind: 'serve', frame };

const TEXT = unreadable('TextProtocolNotSupported');

function overrun(
  meter: Meter,
  read: Result<Frame, Refusal>,
  { messagesPerMinute }: HubLimits,
  now: Millis,
): MessageReading {
  const rate = refuseMessage(meter.rate, now);
  const retryAfterMs = waitFor(rate, now, messagesPerMinute);
  const waits = !read.ok || expectsResponse(read.value.flags);
  return {
    meter: { ...meter, rate },
    verdict: {
      kind: 'limit',
      refusal: waits ? { ...tooMany(read), retryAfterMs } : undefined,
      first: rate.refused === 1,
      // And again, where it comes back and goes on.
      close: rate.refused % (messagesPerMinute + 1) === 0,
      retryAfterMs,
    },
  };
}

const tooMany = (read: Result<Frame, Refusal>): Refusal =>
  read.ok ? refuse(read.value, 'TooManyRequests') : { ...read.error, answer: 'TooManyRequests' };

/** Answers a frame that cannot be served, and counts it if no sound client would send it. */
function strike(meter: Meter, refusal: Refusal): MessageReading {
  const text = meter.text + Number(refusal.answer === 'TextProtocolNotSupported');
  const malformed = meter.malformed + Number(refusal.answer === 'RequestError');
  const close = text >= TEXT_LIMIT || malformed >= MALFORMED_LIMIT;
  return { meter: { ...meter, text, malformed }, verdict: { kind: 'refuse', refusal, close } };
}
