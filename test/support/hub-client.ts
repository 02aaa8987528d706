import { env } from 'cloudflare:workers';

import { fromUtf8, utf8 } from '../../shared/bytes.ts';
import {
  ARRIVAL_HEADER,
  type Arrival,
  encodeArrival,
} from '../../shared/contracts/connect/arrival.ts';
import {
  encodePrincipal,
  PRINCIPAL_HEADER,
  type SessionPrincipal,
} from '../../shared/contracts/edge/principal.ts';
import { decodeFrame } from '../../shared/hub-protocol/decode-frame.ts';
import { encodeFrame } from '../../shared/hub-protocol/encode-frame.ts';
import {
  Flag,
  type Frame,
  type RequestFrame,
  type ResponseFrame,
} from '../../shared/hub-protocol/frame.ts';
import { newSessionId, newTokenId } from '../../shared/ids.ts';

export const HUB = 'hub:local:0';

export function aPrincipal(change: Partial<SessionPrincipal> = {}): SessionPrincipal {
  return {
    subject: crypto.randomUUID(),
    sessionId: newSessionId(),
    clientId: 'sallyport',
    scopes: ['openid'],
    roles: ['user'],
    tokenId: newTokenId(),
    expiresAt: Math.floor(Date.now() / 1_000) + 900,
    ...change,
  };
}

export type Api = { serviceId: string; endpoint: string; service: string; description: string };
export type Manifest = {
  eventName: string;
  sessionId: string;
  availableApis: Api[];
  [member: string]: unknown;
};

type Knocking = {
  hub?: string;
  subprotocol?: string;
  headers?: Record<string, string>;
  arrival?: Arrival;
};

/** A client of a hub, driven by a test. Disposing it closes the socket. */
export class HubClient implements Disposable {
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly principal: SessionPrincipal;
  readonly subprotocol: string | null;
  /** The first frame, as it came. */
  first: Frame | undefined;
  readonly #socket: WebSocket;
  readonly #inbox: Frame[] = [];
  #wake: () => void = () => {};
  #onText: (text: string) => void = () => {};
  #guids = new Map<string, string>();
  #lastId = 0n;
  /** The manifest; empty until it came. */
  manifest: Manifest = { eventName: '', sessionId: '', availableApis: [] };

  private constructor(socket: WebSocket, principal: SessionPrincipal, subprotocol: string | null) {
    this.#socket = socket;
    this.principal = principal;
    this.subprotocol = subprotocol;
    this.closed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => {
        resolve({ code, reason });
        this.#wake();
      });
    });
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') return this.#onText(data);
      const frame = decodeFrame(data);
      if (!frame.ok) throw new Error('Cannot read what the hub sent');
      this.#inbox.push(frame.value);
      this.#wake();
    });
    socket.accept();
  }

  static async connect(
    principal: SessionPrincipal = aPrincipal(),
    options: Knocking = {},
  ): Promise<HubClient> {
    return HubClient.from(await HubClient.knock(principal, options), principal);
  }

  /** The client that got this answer to its upgrade. */
  static async from(response: Response, principal: SessionPrincipal): Promise<HubClient> {
    if (response.webSocket === null) throw new Error(`Cannot connect: status ${response.status}`);
    const client = new HubClient(
      response.webSocket,
      principal,
      response.headers.get('sec-websocket-protocol'),
    );
    client.first = await client.#next(() => true);
    client.manifest = readJson(client.first) as Manifest;
    // Absent where the client has the lists.
    if ('availableApis' in client.manifest) client.learn(client.manifest.availableApis);
    return client;
  }

  /** The hub's answer to an upgrade, whatever it is. Its body is read: an unread one delays eviction. */
  static async knock(
    principal: SessionPrincipal,
    { hub = HUB, subprotocol, headers, arrival }: Knocking = {},
  ): Promise<Response> {
    const response = await env.HUBS.getByName(hub).fetch('https://hub.test/connect', {
      headers: {
        ...headers,
        upgrade: 'websocket',
        [PRINCIPAL_HEADER]: encodePrincipal(principal),
        ...(subprotocol === undefined ? {} : { 'sec-websocket-protocol': subprotocol }),
        ...(arrival === undefined ? {} : { [ARRIVAL_HEADER]: encodeArrival(arrival) }),
      },
    });
    return response.webSocket === null ? new Response(await response.text(), response) : response;
  }

  /** Takes in which endpoints have which GUIDs. */
  learn(apis: readonly Api[]): void {
    for (const { endpoint, serviceId } of apis) this.#guids.set(endpoint, serviceId);
  }

  guid(endpoint: string): string {
    const guid = this.#guids.get(endpoint);
    if (guid === undefined) throw new Error(`Cannot find ${endpoint} in the manifest`);
    return guid;
  }

  /** Sends a request, without waiting for its response. Returns its message id. */
  send(endpoint: string, change: Partial<RequestFrame> & { json?: unknown } = {}): bigint {
    const { json, ...fields } = change;
    this.#lastId += 1n;
    const frame: RequestFrame = {
      kind: 'request',
      flags: 0,
      channel: 0,
      sequence: 1,
      guid: fields.guid ?? this.guid(endpoint),
      messageId: this.#lastId,
      payload: json === undefined ? new Uint8Array() : utf8(JSON.stringify(json)),
      ...fields,
    };
    this.raw(encodeFrame(frame));
    return frame.messageId;
  }

  raw(message: string | Uint8Array): void {
    this.#socket.send(message);
  }

  /** Sends a keep-alive and waits for its answer. */
  ping(): Promise<string> {
    const answered = new Promise<string>((resolve) => {
      this.#onText = resolve;
    });
    this.raw('ping');
    return answered;
  }

  async call(
    endpoint: string,
    change: Partial<RequestFrame> & { json?: unknown } = {},
  ): Promise<ResponseFrame> {
    return this.response(this.send(endpoint, change));
  }

  /** Waits for the response to a message. Responses to others stay in the inbox. */
  async response(messageId: bigint): Promise<ResponseFrame> {
    const frame = await this.#next(
      (each) => each.kind === 'response' && each.messageId === messageId,
    );
    return frame as ResponseFrame;
  }

  /** Waits for the next response, to whatever message. */
  async nextResponse(): Promise<ResponseFrame> {
    return (await this.#next(({ kind }) => kind === 'response')) as ResponseFrame;
  }

  /** Waits for the next event. */
  async event(): Promise<Record<string, unknown>> {
    return readJson(await this.eventFrame()) as Record<string, unknown>;
  }

  /** Waits for the next event, and takes it as it came. */
  eventFrame(): Promise<RequestFrame> {
    return this.#request(Flag.event);
  }

  /** Waits for events: their sequences and names, or where they are a test's the end of their ids. */
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
  question(): Promise<RequestFrame> {
    return this.#request(0);
  }

  /** Answers a question. */
  answer(
    { messageId, channel, sequence }: RequestFrame,
    change: Partial<ResponseFrame> = {},
  ): void {
    const payload = utf8('{}');
    const frame = { kind: 'response', flags: 0x40, code: 0, payload } as const;
    this.raw(encodeFrame({ ...frame, messageId, channel, sequence, ...change }));
  }

  /** Waits for the next message of another client. */
  async peerMessage(): Promise<RequestFrame> {
    return (await this.#next(
      ({ flags }) => (flags & (Flag.client | Flag.response)) === Flag.client,
    )) as RequestFrame;
  }

  get peerGuid(): string {
    return String(this.manifest['peerGuid']);
  }

  async #request(kind: number): Promise<RequestFrame> {
    const mask = Flag.event | Flag.client;
    const matches = (frame: Frame) => frame.kind === 'request' && (frame.flags & mask) === kind;
    return (await this.#next(matches)) as RequestFrame;
  }

  /** Everything that came and was not taken. */
  get inbox(): readonly Frame[] {
    return this.#inbox;
  }

  async #next(matches: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const at = this.#inbox.findIndex(matches);
      const [frame] = at < 0 ? [] : this.#inbox.splice(at, 1);
      if (frame !== undefined) return frame;
      if (this.#socket.readyState > WebSocket.OPEN) throw new Error('Cannot wait: socket closed');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(code?: number): void {
    this.#socket.close(code);
  }

  [Symbol.dispose](): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.close();
  }
}

/** The payload of a frame, as JSON. */
export const readJson = ({ payload }: Pick<Frame, 'payload'>): unknown =>
  JSON.parse(fromUtf8(payload));
