import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync } from 'node:zlib';
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws';
import { ServerClock } from '../../../client/src/auth/server-clock.ts';
import { SallyportError } from '../../../client/src/common/errors.ts';
import { decompressBrotli } from '../../../client/src/hub/frame-socket.ts';
import { Hub } from '../../../client/src/hub/hub.ts';
import type { HubPorts } from '../../../client/src/hub/hub-core.ts';
import { fromUtf8, utf8 } from '../../../shared/bytes.ts';
import { decodeFrame } from '../../../shared/hub-protocol/decode-frame.ts';
import { encodeFrame } from '../../../shared/hub-protocol/encode-frame.ts';
import { Flag, type Frame, type RequestFrame } from '../../../shared/hub-protocol/frame.ts';
import { ZERO_GUID } from '../../../shared/hub-protocol/guid.ts';

/** The SDK's hubs, on a scripted one. Disposing it closes all. */
export class ScriptedHubFixture implements AsyncDisposable {
  readonly server: ScriptedHub;
  readonly #hubs: Hub[] = [];

  private constructor(server: ScriptedHub) {
    this.server = server;
  }

  static async start(): Promise<ScriptedHubFixture> {
    return new ScriptedHubFixture(await ScriptedHub.start());
  }

  hub(change: Partial<HubPorts> = {}): Hub {
    const hub = new Hub({
      url: () => this.server.url,
      tokens: async () => ({ value: 'token', expiresAt: Date.now() + 900_000 }),
      clock: new ServerClock(Date.now),
      WebSocket,
      decompress: decompressBrotli,
      random: () => 0.1,
      post: () => Promise.reject(new SallyportError('unreachable')),
      maxWaiting: 16,
      ...change,
    });
    this.#hubs.push(hub);
    return hub;
  }

  /** A hub that is open, and the other end of its socket. */
  async open(
    change: Partial<HubPorts> = {},
    manifest: Record<string, unknown> = {},
  ): Promise<{ hub: Hub; end: ScriptedConnection }> {
    const hub = this.hub(change);
    const end = (await this.server.connection()).open(manifest);
    await hub.opened();
    return { hub, end };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const hub of this.#hubs) hub.close();
    await this.server[Symbol.asyncDispose]();
  }
}

const GUIDS: Readonly<Record<string, string>> = {
  'game GET:/score': '00000000-0000-5000-8000-000000000001',
  'game POST:/move': '00000000-0000-5000-8000-000000000002',
  'connect POST:/connect/ack': '00000000-0000-5000-8000-000000000003',
  'connect POST:/connect/cancel': '00000000-0000-5000-8000-000000000004',
  'connect POST:/connect/reauthenticate': '00000000-0000-5000-8000-000000000005',
};

export const guidOf = (call: string): string => GUIDS[call] ?? ZERO_GUID;

/** One upgrade, and the script's end of its socket. */
class ScriptedConnection {
  readonly url: URL;
  readonly subprotocols: readonly string[];
  readonly frames: Frame[] = [];
  readonly closed: Promise<number>;
  answersPings = true;
  pings = 0;
  readonly #socket: ServerSocket;
  #wake = Promise.withResolvers<void>();

  constructor(socket: ServerSocket, request: IncomingMessage) {
    this.#socket = socket;
    this.url = new URL(request.url ?? '/', 'ws://localhost');
    this.subprotocols = (request.headers['sec-websocket-protocol'] ?? '').split(/, ?/);
    this.closed = once(socket, 'close').then(([code]) => Number(code));
    socket.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary));
  }

  get query(): Record<string, string> {
    return Object.fromEntries(this.url.searchParams);
  }

  /** The manifest, as the first frame. */
  open(change: Record<string, unknown> = {}, sequence = 1): this {
    const availableApis = Object.entries(GUIDS).map(([call, serviceId]) => {
      const [service, endpoint] = call.split(' ');
      return { service, endpoint, serviceId };
    });
    const first = { sessionId: 'ses_1', version: 1, availableApis, shortcuts: [], resumed: false };
    this.event('connect.capability-manifest', sequence, { ...first, ...change });
    return this;
  }

  event(eventName: string, sequence: number, members: Record<string, unknown> = {}): void {
    const timestamp = new Date().toISOString();
    const payload = { eventName, eventId: crypto.randomUUID(), timestamp, ...members };
    this.request({ flags: Flag.event, sequence, payload });
  }

  /** A 31-byte frame to the client. */
  request(
    change: Partial<Omit<RequestFrame, 'payload'>> & {
      readonly payload: unknown;
      readonly compressed?: boolean;
    },
  ): void {
    const { compressed = false, payload, ...rest } = change;
    const bytes = payload instanceof Uint8Array ? payload : utf8(JSON.stringify(payload));
    const frame = { kind: 'request', flags: 0, channel: 0, sequence: 0, guid: ZERO_GUID } as const;
    this.#socket.send(
      encodeFrame({
        ...frame,
        messageId: 9n,
        ...rest,
        flags: (rest.flags ?? 0) | (compressed ? Flag.compressed : 0),
        payload: compressed ? brotliCompressSync(bytes) : bytes,
      }),
    );
  }

  respond({ messageId, channel, sequence }: Frame, code: number, payload?: unknown): void {
    const bytes = payload === undefined ? new Uint8Array() : utf8(JSON.stringify(payload));
    const frame = { kind: 'response', flags: Flag.response, channel, sequence } as const;
    this.#socket.send(encodeFrame({ ...frame, messageId, code, payload: bytes }));
  }

  raw(data: Uint8Array | string): void {
    this.#socket.send(data);
  }

  /** Waits for the frame with that number, from 0. */
  async frame(number = 0): Promise<Frame> {
    for (;;) {
      const frame = this.frames.at(number);
      if (frame !== undefined) return frame;
      await this.#wake.promise;
    }
  }

  close(code: number): void {
    this.#socket.close(code);
  }

  /** Cuts the connection, without a close frame. */
  cut(): void {
    this.#socket.terminate();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (!isBinary) {
      this.pings += 1;
      if (this.answersPings) this.#socket.send('pong');
      return;
    }
    const decoded = decodeFrame(data);
    if (!decoded.ok) throw new TypeError('Cannot read what the client sent');
    this.frames.push(decoded.value);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

export const jsonOf = ({ payload }: Frame): unknown =>
  payload.length === 0 ? undefined : JSON.parse(fromUtf8(payload));

/** A hub that does what a test says, over real sockets: for what a real one does too rarely. */
class ScriptedHub implements AsyncDisposable {
  readonly connections: ScriptedConnection[] = [];
  /** How many upgrades are still to be refused, and with what status. */
  refusals: number[] = [];
  readonly #server: WebSocketServer;
  #wake = Promise.withResolvers<void>();

  private constructor() {
    this.#server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      verifyClient: (_info, decide) => {
        const status = this.refusals.shift();
        decide(status === undefined, status);
      },
    });
    this.#server.on('connection', (socket, request) => {
      this.connections.push(new ScriptedConnection(socket, request));
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    });
  }

  static async start(): Promise<ScriptedHub> {
    const hub = new ScriptedHub();
    await once(hub.#server, 'listening');
    return hub;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `ws://127.0.0.1:${port}/connect`;
  }

  /** Waits for the connection with that number, from 0. */
  async connection(number = 0): Promise<ScriptedConnection> {
    for (;;) {
      const connection = this.connections.at(number);
      if (connection !== undefined) return connection;
      await this.#wake.promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.connections) connection.cut();
    await new Promise((closed) => this.#server.close(closed));
  }
}
