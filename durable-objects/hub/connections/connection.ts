import type { Millis } from '../../../shared/clock.ts';
import type { SessionPrincipal } from '../../../shared/contracts/principal.ts';
import type { CloseCode } from '../../../shared/hub-protocol/close-codes.ts';
import type { Meter } from '../hub.ts';
import { Attachment, copyOf, fits } from './attachment.ts';
import type { Liveness } from './deadlines.ts';

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
  reauthenticate(principal: SessionPrincipal): boolean {
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
