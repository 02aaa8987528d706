import * as z from 'zod';

import { utf8 } from '../../../shared/bytes.ts';
import type { Millis } from '../../../shared/clock.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import { newRateWindow } from './rates.ts';

const count = z.int().nonnegative();

/** The keys that the client has proven to hold when it connected. */
const Confirmation = z.strictObject({
  jkt: z.string().optional(),
  'x5t#S256': z.string().optional(),
});

/** The last manifest: its version, and the digest of the endpoints that it listed. */
const SentManifest = z.strictObject({ version: count, list: z.string() });
export type SentManifest = z.infer<typeof SentManifest>;

/**
 * What must survive hibernation, stored in the socket's attachment.
 *
 * The code that reads it may be newer than the code that wrote it, so it is versioned and parsed on
 * every read.
 */
export const Attachment = z.strictObject({
  v: z.literal(1),
  connectionId: z.string(),
  /** Of two connections of one session, the newer has the larger. */
  epoch: z.int(),
  principal: z.strictObject({
    subject: z.string(),
    sessionId: z.string(),
    clientId: z.string(),
    scopes: z.array(z.string()),
    roles: z.array(z.string()),
    tokenId: z.string(),
    expiresAt: z.number(),
    confirmation: Confirmation.optional(),
  }),
  /** How other clients address this one. */
  peerGuid: z.string(),
  /** What holds the session's seat in the admission queue. Absent: there was no queue. */
  seat: z.string().optional(),
  clientIp: z.string(),
  country: z.string(),
  /** Of the request that opened it. */
  traceparent: z.string(),
  /** Whether errors carry a problem document. */
  problem: z.boolean(),
  /** Whether a manifest may be sent as what has changed. */
  deltas: z.boolean(),
  told: SentManifest,
  /** Whether the hub has closed the socket. */
  closed: z.boolean(),
  heardAt: z.int(),
  /** Whether the client has ever acknowledged what it was sent. */
  acknowledges: z.boolean(),
  /** Since when events are not sent that come after a sequence: the client does not take them. */
  behind: z.strictObject({ after: z.int(), since: z.int() }).nullable(),
  rate: z.strictObject({ start: z.int(), count, previous: count, refused: count, excused: count }),
  malformed: count,
  text: count,
});
export type Attachment = z.infer<typeof Attachment>;

export type Admission = {
  readonly connectionId: string;
  readonly epoch: number;
  readonly principal: SessionPrincipal;
  readonly peerGuid: string;
  readonly seat: string | undefined;
  readonly clientIp: string;
  readonly country: string;
  readonly traceparent: string;
  readonly problem: boolean;
  readonly deltas: boolean;
  readonly told: SentManifest;
};

/** What is remembered of a connection when it opens. `undefined` if it is too much to keep. */
export function newAttachment(admission: Admission, now: Millis): Attachment | undefined {
  const attachment: Attachment = {
    ...admission,
    principal: copyOf(admission.principal),
    v: 1,
    closed: false,
    heardAt: now,
    acknowledges: false,
    behind: null,
    rate: newRateWindow(now),
    malformed: 0,
    text: 0,
  };
  return fits(attachment) ? attachment : undefined;
}

export const copyOf = (principal: SessionPrincipal): Attachment['principal'] => ({
  ...principal,
  scopes: [...principal.scopes],
  roles: [...principal.roles],
});

/** Bytes of JSON. What does not fit is a token with a hundred roles. */
const ATTACHMENT_LIMIT = 2_048;
/** Characters of an id, which becomes a tag of the socket. */
const ID_LIMIT = 128;

export function fits(attachment: Attachment): boolean {
  const { subject, sessionId } = attachment.principal;
  if (subject.length > ID_LIMIT || sessionId.length > ID_LIMIT) return false;
  return utf8(JSON.stringify(attachment)).length <= ATTACHMENT_LIMIT;
}
