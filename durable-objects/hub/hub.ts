/**
 * What the hub makes of one message before it looks at what is asked: the rules [H6]–[H11].
 *
 * @module
 */

import type { Millis } from '../../shared/clock.ts';
import {
  admitFrame,
  decodeFrame,
  type FrameLimits,
  type Refusal,
  refuse,
  unreadable,
} from '../../shared/hub-protocol/decode-frame.ts';
import { expectsResponse } from '../../shared/hub-protocol/flags.ts';
import type { Frame, RequestFrame, ResponseFrame } from '../../shared/hub-protocol/frame.ts';
import { err, type Result } from '../../shared/result.ts';
import { countMessage, type RateWindow, rolled } from './connections/rate-window.ts';

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
  /** `refusal` is absent where nobody waits for one; `first` is set once a minute. */
  | { readonly kind: 'limit'; readonly refusal: Refusal | undefined; readonly first: boolean }
  | { readonly kind: 'serve'; readonly frame: RequestFrame }
  | { readonly kind: 'answer'; readonly frame: ResponseFrame };

export type Judgement = { readonly meter: Meter; readonly verdict: Verdict };

/** Judges a message by its type and header. The cost does not depend on its length. */
export function judge(
  message: string | ArrayBuffer,
  meter: Meter,
  limits: HubLimits,
  now: Millis,
): Judgement {
  const read = typeof message === 'string' ? err(TEXT) : decodeFrame(message);
  const rate = countMessage(meter.rate, now, limits.messagesPerMinute);
  if (rate === undefined) return overrun(meter, read, now);

  const counted = { ...meter, rate };
  if (!read.ok) return strike(counted, read.error);
  const admitted = admitFrame(read.value, limits);
  if (!admitted.ok) return strike(counted, admitted.error);
  return { meter: counted, verdict: accept(admitted.value) };
}

const accept = (frame: Frame): Verdict =>
  frame.kind === 'response' ? { kind: 'answer', frame } : { kind: 'serve', frame };

const TEXT = unreadable('TextProtocolNotSupported');

function overrun(meter: Meter, read: Result<Frame, Refusal>, now: Millis): Judgement {
  const window = rolled(meter.rate, now);
  const waits = !read.ok || expectsResponse(read.value.flags);
  return {
    meter: { ...meter, rate: { ...window, told: true } },
    verdict: {
      kind: 'limit',
      refusal: waits ? tooMany(read) : undefined,
      first: !window.told,
    },
  };
}

const tooMany = (read: Result<Frame, Refusal>): Refusal =>
  read.ok ? refuse(read.value, 'TooManyRequests') : { ...read.error, answer: 'TooManyRequests' };

/** Answers a frame that cannot be served, and counts it if no sound client would send it. */
function strike(meter: Meter, refusal: Refusal): Judgement {
  const text = meter.text + Number(refusal.answer === 'TextProtocolNotSupported');
  const malformed = meter.malformed + Number(refusal.answer === 'RequestError');
  const close = text >= TEXT_LIMIT || malformed >= MALFORMED_LIMIT;
  return { meter: { ...meter, text, malformed }, verdict: { kind: 'refuse', refusal, close } };
}
