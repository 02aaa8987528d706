/**
 * Decides whether one message is served, before its target is looked at: rules [H11]–[H17].
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

/** The counters of one connection. They survive hibernation. */
export type Meter = {
  readonly rate: RateWindow;
  readonly malformed: number;
  readonly text: number;
};

const MALFORMED_LIMIT = 10;
const TEXT_LIMIT = 3;

export type Verdict =
  /** `close`: the connection has sent too many such frames. */
  | { readonly kind: 'refuse'; readonly refusal: Refusal; readonly close: boolean }
  | RateExceeded
  | { readonly kind: 'serve'; readonly frame: RequestFrame }
  /** The frame responds to a question of the hub. */
  | { readonly kind: 'answer'; readonly frame: ResponseFrame };

/** The message is above the rate limit. */
export type RateExceeded = {
  readonly kind: 'limit';
  /** Absent where the client does not expect a response. */
  readonly refusal: Refusal | undefined;
  /**
   * Whether this is the first refusal of the minute, which is reported to the client as an event.
   */
  readonly first: boolean;
  /** Whether the client has had so many refusals that its connection is closed. */
  readonly close: boolean;
  readonly retryAfterMs: Millis;
};

export type MessageReading = { readonly meter: Meter; readonly verdict: Verdict };

/** Judges a message by its type and its header, so the cost does not depend on its length. */
export function readMessage(
  message: string | ArrayBuffer,
  meter: Meter,
  limits: HubLimits,
  now: Millis,
): MessageReading {
  const read = typeof message === 'string' ? err(TEXT) : decodeFrame(message);
  const rate = countMessage(meter.rate, now, limits.messagesPerMinute);
  if (rate === undefined) return exceedRate(meter, read, limits, now);

  // `meter` may be part of a larger object. Only its counters are copied, as this runs per message.
  const counted = { rate, malformed: meter.malformed, text: meter.text };
  if (!read.ok) return strike(counted, read.error);
  const admitted = admitFrame(read.value, limits);
  if (!admitted.ok) return strike(counted, admitted.error);
  return { meter: counted, verdict: accept(admitted.value) };
}

const accept = (frame: Frame): Verdict =>
  frame.kind === 'response' ? { kind: 'answer', frame } : { kind: 'serve', frame };

const TEXT = unreadable('TextProtocolNotSupported');

function exceedRate(
  meter: Meter,
  read: Result<Frame, Refusal>,
  { messagesPerMinute }: HubLimits,
  now: Millis,
): MessageReading {
  const rate = refuseMessage(meter.rate, now);
  const retryAfterMs = waitFor(rate, now, messagesPerMinute);
  const isExpected = !read.ok || expectsResponse(read.value.flags);
  return {
    meter: { ...meter, rate },
    verdict: {
      kind: 'limit',
      refusal: isExpected ? { ...tooMany(read), retryAfterMs } : undefined,
      first: rate.refused === 1,
      // A client that reconnects and keeps sending is closed again after as many refusals.
      close: rate.refused % (messagesPerMinute + 1) === 0,
      retryAfterMs,
    },
  };
}

const tooMany = (read: Result<Frame, Refusal>): Refusal =>
  read.ok ? refuse(read.value, 'TooManyRequests') : { ...read.error, answer: 'TooManyRequests' };

/** Refuses a frame, and counts it if no correct client would send it. */
function strike(meter: Meter, refusal: Refusal): MessageReading {
  const text = meter.text + Number(refusal.answer === 'TextProtocolNotSupported');
  const malformed = meter.malformed + Number(refusal.answer === 'RequestError');
  const close = text >= TEXT_LIMIT || malformed >= MALFORMED_LIMIT;
  return { meter: { ...meter, text, malformed }, verdict: { kind: 'refuse', refusal, close } };
}
