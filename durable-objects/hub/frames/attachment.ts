/**
 * What is stored of a connection in its socket's attachment, and so survives hibernation: rule [H61].
 *
 * @module
 */

import * as z from 'zod';

import { utf8 } from '../../../shared/bytes.ts';
import type { Millis } from '../../../shared/clock.ts';
import { namesOfUser, type SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import { newRateWindow } from './rates.ts';

const count = z.int().nonnegative();

/** The keys that the client proved to hold when it connected. */
const Confirmation = z.strictObject({
  jkt: z.string().optional(),
  'x5t#S256': z.string().optional(),
});

/** The last manifest that the client was sent: its version, and the digest of its endpoint list. */
const SentManifest = z.strictObject({ version: count, list: z.string() });
export type SentManifest = z.infer<typeof SentManifest>;

/**
 * The stored format. The code that reads it may be newer than the code that wrote it, so it carries
 * a version and is parsed on every read. Renaming a member closes every open connection.
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
    firstParty: z.literal(true).optional(),
    userId: z.string().optional(),
    confirmation: Confirmation.optional(),
  }),
  /** The GUID by which other clients address this one. */
  peerGuid: z.string(),
  /** The holder of the session's seat in the admission queue. Absent where no queue was on. */
  seat: z.string().optional(),
  clientIp: z.string(),
  country: z.string(),
  /** The trace of the upgrade request (W3C Trace Context). */
  traceparent: z.string(),
  /** Whether errors carry a problem document. */
  problem: z.boolean(),
  /** Whether the client understands manifests that list only what has changed. */
  deltas: z.boolean(),
  told: SentManifest,
  /** Whether the hub has closed the socket. */
  closed: z.boolean(),
  heardAt: z.int(),
  /** Whether the client has ever acknowledged an event. */
  acknowledges: z.boolean(),
  /** Set while events after a sequence are withheld because the client is too slow. */
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
  /** The manifest that the client was sent last. Attachments that are stored have this name. */
  readonly told: SentManifest;
};

/** The attachment of a new connection. `undefined` if it is larger than an attachment may be. */
export function newAttachment(admission: Admission, now: Millis): Attachment | undefined {
  const attachment: Attachment = {
    ...admission,
    principal: toStoredPrincipal(admission.principal),
    v: 1,
    closed: false,
    heardAt: now,
    acknowledges: false,
    behind: null,
    rate: newRateWindow(now),
    malformed: 0,
    text: 0,
  };
  return fitsAttachment(attachment) ? attachment : undefined;
}

export const toStoredPrincipal = (principal: SessionPrincipal): Attachment['principal'] => ({
  ...principal,
  scopes: [...principal.scopes],
  roles: [...principal.roles],
});

/** Bytes of JSON. A token with a hundred roles exceeds it. */
const ATTACHMENT_LIMIT = 2_048;
/** Characters of an id that becomes a tag of the socket. */
const ID_LIMIT = 128;

export function fitsAttachment(attachment: Attachment): boolean {
  const { principal } = attachment;
  const ids = [principal.sessionId, ...namesOfUser(principal)];
  if (ids.some(({ length }) => length > ID_LIMIT)) return false;
  return utf8(JSON.stringify(attachment)).length <= ATTACHMENT_LIMIT;
}
