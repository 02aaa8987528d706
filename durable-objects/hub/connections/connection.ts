import { type Clock, type Millis, seconds } from '../../../shared/clock.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { CloseCode } from '../../../shared/hub-protocol/close-codes.ts';
import {
  Attachment,
  fitsAttachment,
  type SentManifest,
  toStoredPrincipal,
} from '../frames/attachment.ts';
import type { Compress } from '../frames/compression.ts';
import { excuseMessage } from '../frames/rates.ts';
import type { Meter } from '../frames/read-message.ts';
import type { Liveness } from './liveness.ts';
import { type OutboundEvent, Outbox } from './outbox.ts';

/** The attachment may be this old: hibernation loses what was counted since it was written [H62]. */
const WRITE_SPACING = seconds(1);

/** {@link WebSocket.OPEN}. A copy, because reading a global of the runtime per message is slow. */
const OPEN = 1;

export type ConnectionNeeds = {
  readonly clock: Clock;
  readonly compress: Compress;
  /** Called when a connection falls behind: its client does not take the events it is sent. */
  readonly onBehind: () => void;
};

/**
 * A client's socket: one object for as long as the hub is in memory.
 *
 * Its state is in memory, and for hibernation also in the socket's attachment. The counters that
 * change with every message are written there once a second, everything else at once.
 */
export class Connection {
  readonly #socket: WebSocket;
  readonly #needs: ConnectionNeeds;
  readonly #outbox: Outbox;
  #state: Attachment;
  #writtenAt: Millis;

  private constructor(socket: WebSocket, state: Attachment, needs: ConnectionNeeds) {
    this.#socket = socket;
    this.#needs = needs;
    this.#outbox = new Outbox(state.acknowledges);
    this.#state = state;
    this.#writtenAt = state.heardAt;
  }

  static open(socket: WebSocket, attachment: Attachment, needs: ConnectionNeeds): Connection {
    const connection = new Connection(socket, attachment, needs);
    connection.#write();
    return connection;
  }

  /** Takes over a socket that outlived an earlier object. `undefined` if its attachment is unreadable. */
  static restore(socket: WebSocket, needs: ConnectionNeeds): Connection | undefined {
    const attachment = Attachment.safeParse(socket.deserializeAttachment());
    return attachment.success ? new Connection(socket, attachment.data, needs) : undefined;
  }

  /** The state of this moment. Do not use it after an `await`. */
  get state(): Readonly<Attachment> {
    return this.#state;
  }

  /**
   * Whether neither side has begun to close. This asks the runtime, which takes longer than reading
   * `state.closed`.
   */
  get isOpen(): boolean {
    return !this.#state.closed && this.#socket.readyState === OPEN;
  }

  /** Records the counters after a message. */
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

  /** Records that the runtime answered a keep-alive of the client. */
  heardKeepAlive(): void {
    this.#outbox.heard();
  }

  /** Takes back the last counted message. Of its kind, `limit` a minute are not counted. */
  excuse(limit: number): void {
    this.#state.rate = excuseMessage(this.#state.rate, limit);
  }

  /**
   * Whether an event may be sent now. If not, the connection is behind from now on and gets no event
   * until it has caught up.
   *
   * @param isLogged Whether the event can be sent later from the log; its sequence is its own then.
   */
  admit(sequence: number, bytes: number, isLogged: boolean): boolean {
    if (this.#state.behind !== null) return false;
    if (this.#outbox.admit(sequence, bytes)) return true;
    const { clock, onBehind } = this.#needs;
    this.#change({ behind: { after: isLogged ? sequence - 1 : sequence, since: clock() } });
    onBehind();
    return false;
  }

  /** Stores an ephemeral event until the connection has caught up. */
  hold(event: OutboundEvent): void {
    this.#outbox.hold(event);
  }

  /** The client has received everything up to `sequence`. */
  acknowledge(sequence: number): void {
    this.#outbox.acknowledge(sequence);
    if (!this.#state.acknowledges) this.#change({ acknowledges: true });
  }

  /** Whether a connection that is behind may catch up. */
  get hasRoom(): boolean {
    return this.#outbox.hasRoom;
  }

  /** Ends being behind. Returns the events that were held. */
  catchUp(): readonly OutboundEvent[] {
    this.#change({ behind: null });
    return this.#outbox.release();
  }

  /**
   * Puts the connection under another principal of its session. Returns `false`, and changes nothing,
   * if that is larger than an attachment may be.
   */
  reauthenticate(principal: SessionPrincipal): boolean {
    const state = { ...this.#state, principal: toStoredPrincipal(principal) };
    if (!fitsAttachment(state)) return false;
    this.#change(state);
    return true;
  }

  /** Records which manifest the client was sent last. */
  recordManifest(sent: SentManifest): void {
    this.#change({ told: sent });
  }

  /** @param lastPing When the runtime last answered a keep-alive of a socket. */
  liveness(lastPing: (socket: WebSocket) => Date | null): Liveness {
    const { principal, heardAt } = this.#state;
    const pingedAt = lastPing(this.#socket)?.getTime() ?? 0;
    return { expiresAt: principal.expiresAt, heardAt: Math.max(heardAt, pingedAt) };
  }

  /** Sends a frame, compressed if it is large. Does nothing if the connection is closed. */
  send(frame: Uint8Array): void {
    this.sendReady(this.#needs.compress(frame));
  }

  /** Sends a frame as it is. A frame for many recipients is compressed once, by the sender. */
  sendReady(frame: Uint8Array): void {
    if (this.isOpen) this.#socket.send(frame);
  }

  close(code: CloseCode, reason: string): void {
    this.#change({ closed: true });
    this.#socket.close(code, reason);
  }

  /** Records that the client closed the socket, or that it broke. */
  recordLoss(): void {
    this.#change({ closed: true });
  }

  #change(change: Partial<Attachment>): void {
    this.#state = { ...this.#state, ...change };
    this.#write();
  }

  #write(): void {
    this.#socket.serializeAttachment(this.#state);
    this.#writtenAt = this.#state.heardAt;
  }
}
