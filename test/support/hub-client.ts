import { fromUtf8, utf8 } from '../../shared/bytes.ts';
import { decodeFrame } from '../../shared/hub-protocol/decode-frame.ts';
import { encodeFrame } from '../../shared/hub-protocol/encode-frame.ts';
import {
  Flag,
  type Frame,
  type RequestFrame,
  type ResponseFrame,
} from '../../shared/hub-protocol/frame.ts';

/** The client's end of a socket: workerd's, or that of `ws`. */
export type HubSocket = {
  /** The subprotocol that the server chose. */
  readonly subprotocol: string | null;
  /** Whether neither side has begun to close. */
  readonly isOpen: boolean;
  send(message: string | Uint8Array): void;
  close(code?: number): void;
};

export type Closing = { readonly code: number; readonly reason: string };

/** What a socket tells its client. */
export type SocketListener = {
  onMessage(message: string | Uint8Array | ArrayBuffer): void;
  onClose(closing: Closing): void;
};

export type Api = { serviceId: string; endpoint: string; service: string; description: string };
export type HubEvent = { readonly eventName: string; readonly [member: string]: unknown };
export type Manifest = HubEvent & {
  readonly sessionId: string;
  readonly availableApis: Api[];
};

/** The members of a frame that a test sets, and its payload as JSON. */
export type FrameChange<F> = Partial<F> & { readonly json?: unknown };

/** A client of a hub that a test drives, over whatever socket. Disposing of it closes the socket. */
export class HubClient<Socket extends HubSocket = HubSocket>
  implements Disposable, AsyncDisposable
{
  readonly socket: Socket;
  readonly closed: Promise<Closing>;
  /** The first frame. */
  readonly first: Frame;
  /** The first frame's payload. */
  readonly manifest: Manifest;
  readonly #inbox: Inbox;
  readonly #guids = new Map<string, string>();
  #lastId = 0n;

  private constructor(socket: Socket, inbox: Inbox, first: Frame) {
    this.socket = socket;
    this.closed = inbox.closed;
    this.first = first;
    this.manifest = readJson(first) as Manifest;
    this.#inbox = inbox;
    // Absent where the client has the lists already.
    if ('availableApis' in this.manifest) this.learn(this.manifest.availableApis);
  }

  /**
   * Waits for the first frame.
   *
   * @param connect Opens the socket. Rejects if the upgrade is refused.
   * @param onFrame Called with each frame as it arrives.
   */
  static async open<Socket extends HubSocket>(
    connect: (listener: SocketListener) => Socket | Promise<Socket>,
    onFrame: (frame: Frame) => void = () => {},
  ): Promise<HubClient<Socket>> {
    const inbox = new Inbox(onFrame);
    const socket = await connect(inbox);
    return new HubClient(socket, inbox, await inbox.take(() => true));
  }

  get subprotocol(): string | null {
    return this.socket.subprotocol;
  }

  get peerGuid(): string {
    return String(this.manifest['peerGuid']);
  }

  /** Records the GUIDs of endpoints. */
  learn(apis: readonly Api[]): void {
    for (const { endpoint, serviceId } of apis) this.#guids.set(endpoint, serviceId);
  }

  guid(endpoint: string): string {
    const guid = this.#guids.get(endpoint);
    if (guid === undefined) throw new Error(`Cannot find ${endpoint} in the manifest`);
    return guid;
  }

  /** Sends a request without waiting for its response. Returns its message id. */
  send(endpoint: string, change: FrameChange<RequestFrame> = {}): bigint {
    const { json, ...fields } = change;
    this.#lastId += 1n;
    const frame: RequestFrame = {
      kind: 'request',
      flags: 0,
      channel: 0,
      sequence: 1,
      guid: fields.guid ?? this.guid(endpoint),
      messageId: this.#lastId,
      payload: toPayload(json),
      ...fields,
    };
    this.raw(encodeFrame(frame));
    return frame.messageId;
  }

  /** Sends a message as it is. */
  raw(message: string | Uint8Array): void {
    this.socket.send(message);
  }

  /** Sends a keep-alive and waits for its answer. */
  ping(): Promise<string> {
    const answer = this.#inbox.text();
    this.raw('ping');
    return answer;
  }

  /** Calls an endpoint, such as `GET:/api/v1/auth/profile`, and waits for the response. */
  async call(endpoint: string, change: FrameChange<RequestFrame> = {}): Promise<ResponseFrame> {
    return this.response(this.send(endpoint, change));
  }

  /** Waits for the response to a message. Other responses stay in the inbox. */
  async response(messageId: bigint): Promise<ResponseFrame> {
    return (await this.#inbox.take(
      (frame) => frame.kind === 'response' && frame.messageId === messageId,
    )) as ResponseFrame;
  }

  /** Waits for the next response to any message. */
  async nextResponse(): Promise<ResponseFrame> {
    return (await this.#inbox.take(({ kind }) => kind === 'response')) as ResponseFrame;
  }

  /** Waits for the next event. */
  async event(): Promise<HubEvent> {
    return readJson(await this.eventFrame()) as HubEvent;
  }

  /** Waits for the frame of the next event. */
  async eventFrame(): Promise<RequestFrame> {
    return (await this.#inbox.take(isEvent)) as RequestFrame;
  }

  /** Waits for events. Returns their sequences and names, and of a test's events the end of their ids. */
  async events(count: number): Promise<readonly (readonly [number, unknown])[]> {
    const events: (readonly [number, unknown])[] = [];
    while (events.length < count) {
      const frame = await this.eventFrame();
      const { eventName, eventId } = readJson(frame) as Record<string, unknown>;
      events.push([
        frame.sequence,
        eventName === 'test.event' ? String(eventId).split('/').at(-1) : eventName,
      ]);
    }
    return events;
  }

  /** Waits for the next question of the hub. */
  async question(): Promise<RequestFrame> {
    return (await this.#inbox.take(isQuestion)) as RequestFrame;
  }

  /** Answers a question. */
  answer(
    { messageId, channel, sequence }: RequestFrame,
    { json = {}, ...change }: FrameChange<ResponseFrame> = {},
  ): void {
    const frame = { kind: 'response', flags: Flag.response, code: 0 } as const;
    const payload = toPayload(json);
    this.raw(encodeFrame({ ...frame, payload, messageId, channel, sequence, ...change }));
  }

  /** Waits for the next message of another client. */
  async peerMessage(): Promise<RequestFrame> {
    return (await this.#inbox.take(isPeerMessage)) as RequestFrame;
  }

  /** The frames that arrived and that no method has returned. */
  get inbox(): readonly Frame[] {
    return this.#inbox.frames;
  }

  /** The events of the inbox. */
  get inboxEvents(): readonly HubEvent[] {
    return this.inbox.filter(isEvent).map((frame) => readJson(frame) as HubEvent);
  }

  close(code?: number): void {
    this.socket.close(code);
  }

  [Symbol.dispose](): void {
    if (this.socket.isOpen) this.close();
  }

  /** Waits until the socket is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    await this.closed;
  }
}

/** The payload of a frame, as JSON. */
export const readJson = ({ payload }: Pick<Frame, 'payload'>): unknown =>
  JSON.parse(fromUtf8(payload));

const toPayload = (json: unknown): Uint8Array =>
  json === undefined ? new Uint8Array() : utf8(JSON.stringify(json));

const isRequest =
  (flags: number) =>
  (frame: Frame): boolean =>
    frame.kind === 'request' && (frame.flags & (Flag.event | Flag.client)) === flags;

const isEvent = isRequest(Flag.event);
const isQuestion = isRequest(0);
const isPeerMessage = ({ flags }: Frame): boolean =>
  (flags & (Flag.client | Flag.response)) === Flag.client;

/** The frames that arrived, and whoever waits for one. */
class Inbox implements SocketListener {
  readonly frames: Frame[] = [];
  readonly #closing = Promise.withResolvers<Closing>();
  readonly #onFrame: (frame: Frame) => void;
  #isClosed = false;
  #arrival = Promise.withResolvers<void>();
  #text = Promise.withResolvers<string>();

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  get closed(): Promise<Closing> {
    return this.#closing.promise;
  }

  /** Waits for the next text frame. */
  text(): Promise<string> {
    this.#text = Promise.withResolvers();
    return this.#text.promise;
  }

  /** Waits for a frame, and removes it. */
  async take(matches: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const at = this.frames.findIndex(matches);
      const [frame] = at < 0 ? [] : this.frames.splice(at, 1);
      if (frame !== undefined) return frame;
      if (this.#isClosed) throw new Error('Cannot wait: the socket is closed');
      await this.#arrival.promise;
    }
  }

  onMessage(message: string | Uint8Array | ArrayBuffer): void {
    if (typeof message === 'string') return this.#text.resolve(message);
    const frame = decodeFrame(message);
    if (!frame.ok) throw new Error('Cannot read what the hub sent');
    this.#onFrame(frame.value);
    this.frames.push(frame.value);
    this.#wake();
  }

  onClose(closing: Closing): void {
    this.#isClosed = true;
    this.#closing.resolve(closing);
    this.#wake();
  }

  #wake(): void {
    const { resolve } = this.#arrival;
    this.#arrival = Promise.withResolvers();
    resolve();
  }
}
