import { type ClientRequest, type IncomingMessage } from 'node:http';

import { type RawData, WebSocket } from 'ws';

import { fromUtf8, utf8 } from '../../../shared/bytes.ts';
import { decodeFrame } from '../../../shared/hub-protocol/decode-frame.ts';
import { encodeFrame } from '../../../shared/hub-protocol/encode-frame.ts';
import {
  Flag,
  type Frame,
  hasFlag,
  type RequestFrame,
} from '../../../shared/hub-protocol/frame.ts';

export type HubAnswer = {
  readonly code: number;
  readonly flags: number;
  readonly payload: Uint8Array;
  /** The payload as JSON. */
  json(): unknown;
};

export type HubManifest = {
  readonly sessionId: string;
  readonly availableApis: readonly {
    readonly serviceId: string;
    readonly endpoint: string;
    readonly service: string;
  }[];
  readonly [member: string]: unknown;
};

export type HubEvent = { readonly eventName: string; readonly [member: string]: unknown };

/** The upgrade was answered with something else than 101. */
export class UpgradeRefused extends Error {
  override readonly name = 'UpgradeRefused';
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super(`Cannot connect: the upgrade was answered with ${status}`);
    this.status = status;
    this.body = body;
  }
}

export type ConnectOptions = {
  /** Sent as they are. The token can stand here as `bearer.<token>`, as browsers send it. */
  readonly subprotocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
};

/** A client of the hub over a real WebSocket. Disposing it closes the socket. */
export class NodeHubClient implements AsyncDisposable {
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly events: HubEvent[] = [];
  /** In the order in which they came, with the first. */
  readonly manifests: HubEvent[] = [];
  /** Questions of the hub, and messages of other clients. */
  readonly requests: RequestFrame[] = [];
  readonly #socket: WebSocket;
  readonly #answers = new Map<bigint, PromiseWithResolvers<HubAnswer>>();
  readonly #opened = Promise.withResolvers<HubManifest>();
  #guids: ReadonlyMap<string, string> = new Map();
  #lastMessageId = 0n;
  #isClosed = false;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.#end(new Error(`Cannot wait for an answer: closed with ${code}`));
        resolve({ code, reason: reason.toString() });
      });
    });
    socket.on('error', (error) => this.#end(error));
    socket.on('unexpected-response', (_: ClientRequest, response: IncomingMessage) => {
      void readBody(response).then((body) =>
        this.#end(new UpgradeRefused(response.statusCode ?? 0, body)),
      );
    });
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.#receive(toBytes(data));
    });
  }

  /**
   * Connects, and waits for the manifest.
   *
   * @param url `http:`, `https:`, `ws:` or `wss:`, with the path of the hub.
   * @param token An access token; `undefined` sends none.
   * @throws {UpgradeRefused} If the server answers the upgrade with an error.
   */
  static async connect(
    url: string | URL,
    token: string | undefined,
    { subprotocols = [], headers = {} }: ConnectOptions = {},
  ): Promise<NodeHubClient> {
    const address = new URL(url);
    address.protocol = address.protocol.replace('http', 'ws');
    const socket = new WebSocket(address, [...subprotocols], {
      headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      perMessageDeflate: false,
    });
    const client = new NodeHubClient(socket);
    const { availableApis } = await client.manifest;
    client.#guids = new Map(availableApis.map(({ endpoint, serviceId }) => [endpoint, serviceId]));
    return client;
  }

  get manifest(): Promise<HubManifest> {
    return this.#opened.promise;
  }

  /** The subprotocol that the server chose; empty if none. */
  get subprotocol(): string {
    return this.#socket.protocol;
  }

  guid(endpoint: string): string {
    const guid = this.#guids.get(endpoint);
    if (guid === undefined) throw new Error(`Cannot find ${endpoint} in the manifest`);
    return guid;
  }

  /**
   * Calls an endpoint, such as `GET:/api/v1/auth/profile`, and waits for its answer.
   *
   * @param payload Bytes go as they are; anything else goes as JSON; `undefined` is empty.
   */
  async call(
    endpoint: string,
    payload?: unknown,
    change: Partial<RequestFrame> = {},
  ): Promise<HubAnswer> {
    if (this.#isClosed) throw new Error('Cannot call: the socket is closed');
    this.#lastMessageId += 1n;
    const frame: RequestFrame = {
      kind: 'request',
      flags: 0,
      channel: 0,
      sequence: Number(this.#lastMessageId),
      guid: change.guid ?? this.guid(endpoint),
      messageId: this.#lastMessageId,
      payload: toPayload(payload),
      ...change,
    };
    const answer = this.answerTo(frame.messageId);
    this.raw(encodeFrame(frame));
    return answer;
  }

  /** Sends a frame as it is. */
  raw(frame: Uint8Array | string): void {
    this.#socket.send(frame);
  }

  /** Sends one message in two WebSocket fragments (RFC 6455 §5.4). */
  fragmented(frame: Uint8Array, at: number): void {
    this.#socket.send(frame.subarray(0, at), { fin: false });
    this.#socket.send(frame.subarray(at), { fin: true });
  }

  /** Answers a question of the hub. */
  answer({ messageId, channel, sequence }: RequestFrame, payload: unknown, code = 0): void {
    const frame = { kind: 'response', flags: Flag.response, channel, sequence, messageId } as const;
    this.raw(encodeFrame({ ...frame, code, payload: toPayload(payload) }));
  }

  /** Waits for the answer to a frame that was sent raw. */
  answerTo(messageId: bigint): Promise<HubAnswer> {
    const answer = Promise.withResolvers<HubAnswer>();
    this.#answers.set(messageId, answer);
    return answer.promise;
  }

  close(code = 1000): void {
    this.#socket.close(code);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosed) this.close();
    await this.closed;
  }

  #receive(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    if (!frame.ok) return this.#end(new Error('Cannot read what the hub sent'));
    if (frame.value.kind === 'request') this.#receiveRequest(frame.value);
    else this.#settle(frame.value.messageId, frame.value);
  }

  #receiveRequest(frame: RequestFrame): void {
    if (hasFlag(frame.flags, Flag.client) || !hasFlag(frame.flags, Flag.event)) {
      this.requests.push(frame);
    } else this.#receiveEvent(frame);
  }

  #receiveEvent({ payload }: Frame): void {
    const event = JSON.parse(fromUtf8(payload)) as HubEvent & HubManifest;
    if (event.eventName !== 'connect.capability-manifest') return void this.events.push(event);
    this.manifests.push(event);
    this.#opened.resolve(event);
  }

  #settle(messageId: bigint, frame: Frame & { readonly kind: 'response' }): void {
    const { code, flags, payload } = frame;
    const json = (): unknown => JSON.parse(fromUtf8(payload));
    this.#answers.get(messageId)?.resolve({ code, flags, payload, json });
    this.#answers.delete(messageId);
  }

  #end(error: Error): void {
    this.#isClosed = true;
    this.#opened.reject(error);
    for (const { reject } of this.#answers.values()) reject(error);
    this.#answers.clear();
  }
}

function toPayload(payload: unknown): Uint8Array {
  if (payload === undefined) return new Uint8Array();
  return payload instanceof Uint8Array ? payload : utf8(JSON.stringify(payload));
}

function toBytes(data: RawData): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return Array.isArray(data) ? Buffer.concat(data) : data;
}

async function readBody(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString();
}
