import { type Millis, seconds } from '../../../shared/clock.ts';
import type { SessionPrincipal } from '../../../shared/contracts/principal.ts';
import type { CloseCode } from '../../../shared/hub-protocol/close-codes.ts';
import type { Meter } from '../hub.ts';
import { Attachment, copyOf, fits, type Told } from './attachment.ts';
import type { Liveness } from './deadlines.ts';

/** How old the attachment may be: what is counted in this time is lost if the object hibernates. */
const WRITE_SPACING = seconds(1);

/** {@link WebSocket.OPEN}. Not read from there for every message: a global of the runtime is slow. */
const OPEN = 1;

/**
 * A client's socket: one object for as long as the hub is in memory.
 *
 * Its state is in memory and, for the time after, in the socket's attachment. What changes with
 * every message is written there once a second; everything else at once.
 */
export class Connection {
  readonly #socket: WebSocket;
  #state: Attachment;
  #writtenAt: Millis;

  private constructor(socket: WebSocket, state: Attachment) {
    this.#socket = socket;
    this.#state = state;
    this.#writtenAt = state.heardAt;
  }

  static open(socket: WebSocket, attachment: Attachment): Connection {
    const connection = new Connection(socket, attachment);
    connection.#write();
    return connection;
  }

  /** Takes over a socket that outlived an earlier object. `undefined` if it is not one of ours. */
  static restore(socket: WebSocket): Connection | undefined {
    const attachment = Attachment.safeParse(socket.deserializeAttachment());
    return attachment.success ? new Connection(socket, attachment.data) : undefined;
  }

  /** As it is now: keep none of it across an `await`. */
  get state(): Readonly<Attachment> {
    return this.#state;
  }

  /** Whether the hub still serves it: neither side has begun to close. */
  get isOpen(): boolean {
    return !this.#state.closed && this.#socket.readyState === OPEN;
  }

  heard({ rate, malformed, text }: Meter, heardAt: Millis): void {
    const state = this.#state;
    const isStrike = malformed !== state.malformed || text !== state.text;
    Object.assign(state, { rate, malformed, text, heardAt });
    if (isStrike || heardAt - this.#writtenAt >= WRITE_SPACING) this.#write();
  }

  /** Takes over what a newer access token says. Returns `false` if it is too much to keep. */
  reauthenticate(principal: SessionPrincipal): boolean {
    const state = { ...this.#state, principal: copyOf(principal) };
    if (!fits(state)) return false;
    this.#keep(state);
    return true;
  }

  /** Notes which manifest the client gets. */
  remember(told: Told): void {
    this.#keep({ told });
  }

  /** When the client was last heard, by us or by the runtime that answers its keep-alives. */
  liveness(lastPing: (socket: WebSocket) => Date | null): Liveness {
    const { principal, heardAt } = this.#state;
    const pingedAt = lastPing(this.#socket)?.getTime() ?? 0;
    return { expiresAt: principal.expiresAt, heardAt: Math.max(heardAt, pingedAt) };
  }

  /** Sends, unless the connection is closed by now: then nobody waits for it. */
  send(frame: Uint8Array): void {
    if (this.isOpen) this.#socket.send(frame);
  }

  close(code: CloseCode, reason: string): void {
    this.#keep({ closed: true });
    this.#socket.close(code, reason);
  }

  /** The client closed the socket, or it broke. */
  lost(): void {
    this.#keep({ closed: true });
  }

  #keep(change: Partial<Attachment>): void {
    this.#state = { ...this.#state, ...change };
    this.#write();
  }

  #write(): void {
    this.#socket.serializeAttachment(this.#state);
    this.#writtenAt = this.#state.heardAt;
  }
}
