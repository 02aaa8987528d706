import { encodeFrame } from '../../../shared/hub-protocol/encode-frame.ts';
import {
  Flag,
  type Frame,
  hasFlag,
  type RequestFrame,
} from '../../../shared/hub-protocol/frame.ts';
import type { AccessToken, TokenSource } from '../auth/session.ts';
import { isObject, type JsonObject, numberOf, textOf } from '../common/json.ts';
import type { Listeners } from '../common/listeners.ts';
import type { SocketConstructor } from '../common/platform.ts';
import { deferred } from '../common/timing.ts';
import type { Calls } from './calls.ts';
import { Acknowledger, KeepAlive, Reauthentication } from './connection-timers.ts';
import { type Address, type Decompress, FrameSocket } from './frame-socket.ts';
import {
  type EventHandlers,
  type PeerMessage,
  type RequestHandlers,
  toPeerMessage,
} from './handlers.ts';
import { closeCodeOfReason } from './hub-state.ts';
import type { CurrentManifest } from './manifest.ts';
import { fromPayload, toPayload } from './payload.ts';
import type { Attempt, ConnectionEnd } from './reconnector.ts';
import type { StreamPosition } from './stream-position.ts';

export type ConnectionPorts = {
  readonly WebSocket: SocketConstructor;
  readonly decompress: Decompress;
  readonly tokens: TokenSource;
  /** The server's clock. */
  readonly now: () => number;
  /** Calls `POST:/connect/reauthenticate`. */
  readonly present: (token: string) => Promise<number | undefined>;
};

/** How long the first frame may take, in milliseconds. */
const OPEN_TIMEOUT = 15_000;
/** How long an announced close may take, in milliseconds. */
const CLOSE_TIMEOUT = 500;
const MANIFEST = 'connect.capability-manifest';

/** One connection from its upgrade to its end, with its timers. */
export class Connection {
  readonly #parts: HubParts;
  readonly #ports: ConnectionPorts;
  readonly #attempt: Attempt;
  readonly #token: AccessToken | undefined;
  readonly #socket: FrameSocket;
  readonly #ended = deferred<ConnectionEnd>();
  readonly #acknowledger = new Acknowledger((sequence) =>
    this.#control('POST:/connect/ack', { sequence }),
  );
  readonly #opening: ReturnType<typeof setTimeout>;
  #keepAlive: KeepAlive | undefined;
  #reauthentication: Reauthentication | undefined;
  #openedAt: number | undefined;
  #retryAfterMs = 0;
  #closing: ReturnType<typeof setTimeout> | undefined;

  constructor(
    parts: HubParts,
    ports: ConnectionPorts,
    {
      attempt,
      address,
      token,
    }: {
      readonly attempt: Attempt;
      readonly address: Address;
      readonly token: AccessToken | undefined;
    },
  ) {
    this.#parts = parts;
    this.#ports = ports;
    this.#attempt = attempt;
    this.#token = token;
    this.#socket = new FrameSocket(address, ports, {
      frame: (frame) => this.#receive(frame),
      text: () => this.#keepAlive?.received(),
      closed: (code) => this.#end(code),
    });
    this.#opening = setTimeout(() => this.#socket.close(4000), OPEN_TIMEOUT);
    attempt.signal.addEventListener('abort', this.#abort);
    if (attempt.signal.aborted) this.#abort();
  }

  get ended(): Promise<ConnectionEnd> {
    return this.#ended.promise;
  }

  /** Pings at once, to find out whether the connection is lost. */
  probe(): void {
    this.#keepAlive?.probe();
  }

  readonly #abort = (): void => this.#socket.close(1000);

  #receive(frame: Frame): void {
    this.#keepAlive?.received();
    if (frame.kind === 'response') return this.#parts.calls.settle(frame);
    if (hasFlag(frame.flags, Flag.client)) return this.#parts.peers.emit(toPeerMessage(frame));
    if (hasFlag(frame.flags, Flag.event)) return this.#receiveEvent(frame);
    void this.#answer(frame);
  }

  async #answer(frame: RequestFrame): Promise<void> {
    this.#socket.send(await this.#parts.requests.answer(frame));
  }

  #receiveEvent(frame: RequestFrame): void {
    const payload = fromPayload(frame.payload);
    const event = isObject(payload) ? payload : {};
    if (event['eventName'] === MANIFEST) this.#receiveManifest(frame.sequence, event);
    if (this.#openedAt === undefined) return;
    if (event['eventName'] === 'connect.disconnect-notification') this.#prepareClose(event);
    if (!this.#parts.position.admit(frame.sequence, textOf(event['eventId']))) return;
    this.#acknowledger.received(frame.sequence, frame.payload.length);
    this.#parts.events.emit(event);
  }

  #receiveManifest(sequence: number, event: JsonObject): void {
    const { manifest, position } = this.#parts;
    position.reconnectionToken = textOf(event['reconnectionToken']) ?? position.reconnectionToken;
    const read = manifest.update(event);
    if (this.#openedAt !== undefined) return;
    position.begin(sequence);
    this.#open(read.resumed);
  }

  #open(resumed: boolean): void {
    const { calls, manifest } = this.#parts;
    const { now, present, tokens } = this.#ports;
    clearTimeout(this.#opening);
    this.#openedAt = Date.now();
    this.#keepAlive = new KeepAlive({
      ping: () => this.#socket.send('ping'),
      dead: () => this.#socket.close(4000),
      now: Date.now,
    });
    calls.attach({
      send: (bytes) => this.#socket.send(bytes),
      maxInFlight: () => manifest.current?.limits.maxInFlight ?? 1,
      cancel: (messageId) => this.#control('POST:/connect/cancel', { messageId: `${messageId}` }),
    });
    this.#reauthentication =
      this.#token && new Reauthentication({ tokens, present, now }, this.#token);
    this.#attempt.opened(resumed);
  }

  /** @param event `connect.disconnect-notification`, which the hub sends before it closes. */
  #prepareClose(event: JsonObject): void {
    const { position } = this.#parts;
    this.#retryAfterMs = numberOf(event['retryAfterMs']) ?? 0;
    position.reconnectionToken = textOf(event['reconnectionToken']) ?? position.reconnectionToken;
    // Node reports a close frame only once the server closes the TCP connection.
    const code = closeCodeOfReason(textOf(event['reason']));
    this.#closing ??= setTimeout(() => this.#socket.close(code), CLOSE_TIMEOUT);
  }

  /** Sends a call without an answer to the hub itself, if the manifest has the endpoint. */
  #control(endpoint: string, body: JsonObject): void {
    const { calls, manifest } = this.#parts;
    const guid = manifest.find('connect', endpoint);
    if (guid === undefined) return;
    const frame = { kind: 'request', flags: Flag.event, channel: 0, sequence: 0, guid } as const;
    const payload = toPayload(body);
    this.#socket.send(encodeFrame({ ...frame, messageId: calls.nextId(), payload }));
  }

  #end(code: number): void {
    clearTimeout(this.#opening);
    clearTimeout(this.#closing);
    this.#attempt.signal.removeEventListener('abort', this.#abort);
    this.#keepAlive?.stop();
    this.#acknowledger.stop();
    this.#reauthentication?.stop();
    this.#parts.calls.detach();
    const wasOpen = this.#openedAt !== undefined;
    const lasted = Date.now() - (this.#openedAt ?? Date.now());
    this.#ended.resolve({ code, wasOpen, lasted, retryAfterMs: this.#retryAfterMs });
  }
}

/** The parts of a hub that outlive its connections. */
export type HubParts = {
  readonly calls: Calls;
  readonly events: EventHandlers;
  readonly requests: RequestHandlers;
  readonly peers: Listeners<PeerMessage>;
  readonly manifest: CurrentManifest;
  readonly position: StreamPosition;
};
