import * as z from 'zod';

import { utf8 } from '../../shared/bytes.ts';
import type { Millis } from '../../shared/clock.ts';
import type { Principal } from '../../shared/contracts/principal.ts';
import type { CloseCode } from '../../shared/hub-protocol/close-codes.ts';
import { type EventPayload, eventBytes } from '../../shared/hub-protocol/event.ts';
import type { Liveness } from './deadlines.ts';
import type { Meter } from './hub.ts';
import { newRateWindow } from './rate-window.ts';

const count = z.int().nonnegative();

/**
 * What must survive hibernation, stored in the socket's attachment.
 *
 * The code that reads it may be newer than the code that wrote it, so it is versioned and parsed on
 * every read.
 */
const Attachment = z.strictObject({
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
  }),
  clientIp: z.string(),
  country: z.string(),
  /** Whether errors carry a problem document. */
  problem: z.boolean(),
  /** Whether the hub has closed the socket. */
  closed: z.boolean(),
  /** Events sent. */
  sequence: count,
  heardAt: z.int(),
  rate: z.strictObject({ start: z.int(), count, previous: count, told: z.boolean() }),
  malformed: count,
  text: count,
});
export type Attachment = z.infer<typeof Attachment>;

export type Admission = {
  readonly connectionId: string;
  readonly epoch: number;
  readonly principal: Principal;
  readonly clientIp: string;
  readonly country: string;
  readonly problem: boolean;
};

/** What is remembered of a connection when it opens. `undefined` if it is too much to keep. */
export function newAttachment(admission: Admission, now: Millis): Attachment | undefined {
  const attachment: Attachment = {
    ...admission,
    principal: copyOf(admission.principal),
    v: 1,
    closed: false,
    sequence: 0,
    heardAt: now,
    rate: newRateWindow(now),
    malformed: 0,
    text: 0,
  };
  return fits(attachment) ? attachment : undefined;
}

const copyOf = (principal: Principal): Attachment['principal'] => ({
  ...principal,
  scopes: [...principal.scopes],
  roles: [...principal.roles],
});

/** Bytes of JSON. What does not fit is a token with a hundred roles. */
const ATTACHMENT_LIMIT = 2_048;
/** Characters of an id, which becomes a tag of the socket. */
const ID_LIMIT = 128;

function fits(attachment: Attachment): boolean {
  const { subject, sessionId } = attachment.principal;
  if (subject.length > ID_LIMIT || sessionId.length > ID_LIMIT) return false;
  return utf8(JSON.stringify(attachment)).length <= ATTACHMENT_LIMIT;
}

/** A client's socket. A view: it holds no state of its own, so it is free to make. */
export class Connection {
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  static open(socket: WebSocket, attachment: Attachment): Connection {
    socket.serializeAttachment(attachment);
    return new Connection(socket);
  }

  /** Wraps a socket that the runtime handed back. `undefined` if it is not one of ours. */
  static from(socket: WebSocket): Connection | undefined {
    return Attachment.safeParse(socket.deserializeAttachment()).success
      ? new Connection(socket)
      : undefined;
  }

  get state(): Attachment {
    return Attachment.parse(this.#socket.deserializeAttachment());
  }

  /** Whether the hub still serves it: neither side has begun to close. */
  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN && !this.state.closed;
  }

  heard(meter: Meter, heardAt: Millis): void {
    const { rate, malformed, text } = meter;
    this.#update({ rate, malformed, text, heardAt });
  }

  /** Takes over what a newer access token says. Returns `false` if it is too much to keep. */
  reauthenticate(principal: Principal): boolean {
    const state = { ...this.state, principal: copyOf(principal) };
    if (!fits(state)) return false;
    this.#socket.serializeAttachment(state);
    return true;
  }

  /** When the client was last heard, by us or by the runtime that answers its keep-alives. */
  liveness(lastPing: (socket: WebSocket) => Date | null): Liveness {
    const { principal, heardAt } = this.state;
    const pingedAt = lastPing(this.#socket)?.getTime() ?? 0;
    return { expiresAt: principal.expiresAt, heardAt: Math.max(heardAt, pingedAt) };
  }

  /** Sends, unless the connection is closed by now: then nobody waits for it. */
  send(frame: Uint8Array): void {
    if (this.isOpen) this.#socket.send(frame);
  }

  sendEvent(payload: EventPayload, messageId: bigint): void {
    const sequence = this.state.sequence + 1;
    this.#update({ sequence });
    this.send(eventBytes(payload, sequence, messageId));
  }

  close(code: CloseCode, reason: string): void {
    this.#update({ closed: true });
    this.#socket.close(code, reason);
  }

  /** The client closed the socket, or it broke. */
  lost(): void {
    this.#update({ closed: true });
  }

  #update(change: Partial<Attachment>): void {
    this.#socket.serializeAttachment({ ...this.state, ...change });
  }
}
