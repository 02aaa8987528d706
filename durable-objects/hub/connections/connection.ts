import { type Clock, type Millis, seconds } from '../../../shared/clock.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { CloseCode } from '../../../shared/hub-protocol/close-codes.ts';
import { Attachment, copyOf, fits, type SentManifest } from '../frames/attachment.ts';
import type { Compress } from '../frames/compression.ts';
import { excuseMessage } from '../frames/rates.ts';
import type { Meter } from '../frames/read-message.ts';
import type { Liveness } from './liveness.ts';
import { type OutboundEvent, Outbox } from './outbox.ts';

/** How old the attachment may be: what is counted in this time is lost if the object hibernates. */
const WRITE_SPACING = seconds(1);

/** {@link WebSocket.OPEN}. Not read from there for every message: a global of the runtime is slow. */
const OPEN = 1;

export type ConnectionDeps = {
  readonly clock: Clock;
  readonly compress: Compress;
  /** A connection does not take what it is sent. */
  readonly onBehind: () => void;
};

/**
 * A client's socket: one object for as long as the hub is in memory.
 *
 * Its state is in memory and, for the time after, in the socket's attachment. What changes with
 * every message is written there once a second; everything else at once.
 */
export class Connection {
  readonly #socket: WebSocket;
  readonly #deps: ConnectionDeps;
  readonly #outbox: Outbox;
  #state: Attachment;
  #writtenAt: Millis;

  private constructor(socket: WebSocket, state: Attachment, deps: ConnectionDeps) {
    this.#socket = socket;
    this.#deps = deps;
    this.#outbox = new Outbox(state.acknowledges);
    this.#state = state;
    this.#writtenAt = state.heardAt;
  }

  static open(socket: WebSocket, attachment: Attachment, deps: ConnectionDeps): Connection {
    const connection = new Connection(socket, attachment, deps);
    connection.#write();
    return connection;
  }

  /** Takes over a socket that outlived an earlier object. `undefined` if it is not one of ours. */
  static restore(socket: WebSocket, deps: ConnectionDeps): Connection | undefined {
    const attachment = Attachment.safeParse(socket.deserializeAttachment());
    return attachment.success ? new Connection(socket, attachment.data, deps) : undefined;
  }

  /** As it is now: keep none of it across an `await`. */
  get state(): Readonly<Attachment> {
    return this.#state;
  }

  /**
   * Whether it can be sent something: neither side has begun to close. Asks the runtime, which takes
   * longer than to see in {@link state} that the hub has not closed it.
   */
  get isOpen(): boolean {
    return !this.#state.closed && this.#socket.readyState === OPEN;
  }

  heard({ rate, malformed, text }: Meter, heardAt: Millis): void {
    const state = this.#state;
    const isStrike = malformed !== state.malformed || text !== state.text;
    state.rate = rate;
    state.malformed = malformed;
    state.text = text;
    state.heardAt = heardAt;
    this.#outbox.heard();
    if (isStrike || heardAt - this.#writtenAt >= WRITE_SPACING) this.#write();
  }

  /** The client was heard by the runtime, which answers its keep-alives. */
  heardOf(): void {
    this.#outbox.heard();
  }

  /** Takes back a message that was counted, of a kind of which `limit` cost nothing. */
  excuse(limit: number): void {
    this.#state.rate = excuseMessage(this.#state.rate, limit);
  }

  /**
   * Whether an event may be sent now. If not, the connection is behind, and gets nothing more before
   * it has caught up.
   *
   * @param kept Whether `sequence` counts the event, so that it can be sent later.
   */
  admit(sequence: number, bytes: number, kept: boolean): boolean {
    if (this.#state.behind !== null) return false;
    if (this.#outbox.admit(sequence, bytes)) return true;
    const { clock, onBehind } = this.#deps;
    this.#keep({ behind: { after: kept ? sequence - 1 : sequence, since: clock() } });
    onBehind();
    return false;
  }

  /** Holds an event that is kept nowhere else until the connection has caught up. */
  hold(event: OutboundEvent): void {
    this.#outbox.hold(event);
  }

  /** The client has taken everything up to `sequence`. */
  acknowledge(sequence: number): void {
    this.#outbox.acknowledge(sequence);
    if (!this.#state.acknowledges) this.#keep({ acknowledges: true });
  }

  /** Whether a connection that is behind can catch up. */
  get hasRoom(): boolean {
    return this.#outbox.hasRoom;
  }

  /** It is no longer behind. Returns what was held for it. */
  catchUp(): readonly OutboundEvent[] {
    this.#keep({ behind: null });
    return this.#outbox.release();
  }

  /** Takes over what a newer access token says. Returns `false` if it is too much to keep. */
  reauthenticate(principal: SessionPrincipal): boolean {
    const state = { ...this.#state, principal: copyOf(principal) };
    if (!fits(state)) return false;
    this.#keep(state);
    return true;
  }

  /** Notes which manifest the client gets. */
  remember(told: SentManifest): void {
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
    this.sendReady(this.#deps.compress(frame));
  }

  /** Sends a frame as it is: it was made for many, and compressed once. */
  sendReady(frame: Uint8Array): void {
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
