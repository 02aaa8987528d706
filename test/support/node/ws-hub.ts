/** Clients of a hub over a real WebSocket. */
import type { IncomingMessage } from 'node:http';

import { type RawData, WebSocket } from 'ws';

import { fromUtf8 } from '../../../shared/bytes.ts';
import type { Frame } from '../../../shared/hub-protocol/frame.ts';
import { HubClient, type HubSocket, type SocketListener } from '../hub-client.ts';

/** The upgrade request was answered with another status than 101. */
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
  /** Sent as they are. The token can be among them as `bearer.<token>`, as browsers send it. */
  readonly subprotocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Called with each frame as it arrives. */
  readonly onFrame?: (frame: Frame) => void;
};

export type WsHubClient = HubClient<WsSocket>;

/**
 * Connects, and waits for the manifest.
 *
 * @param url `http:`, `https:`, `ws:` or `wss:`, with the path of the hub.
 * @param token An access token; `undefined` sends none.
 * @throws {UpgradeRefused} If the server answers the upgrade request with an error.
 */
export function connectOverWs(
  url: string | URL,
  token: string | undefined,
  { subprotocols = [], headers = {}, onFrame }: ConnectOptions = {},
): Promise<WsHubClient> {
  const address = new URL(url);
  address.protocol = address.protocol.replace('http', 'ws');
  const socket = new WebSocket(address, [...subprotocols], {
    headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    perMessageDeflate: false,
  });
  return HubClient.open((listener) => WsSocket.open(socket, listener), onFrame);
}

class WsSocket implements HubSocket {
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** @throws {UpgradeRefused} */
  static open(socket: WebSocket, listener: SocketListener): Promise<WsSocket> {
    const opened = Promise.withResolvers<WsSocket>();
    socket.on('open', () => opened.resolve(new WsSocket(socket)));
    socket.on('error', (error) => opened.reject(error));
    socket.on('unexpected-response', (_, response: IncomingMessage) => {
      void readBody(response).then((body) =>
        opened.reject(new UpgradeRefused(response.statusCode ?? 0, body)),
      );
    });
    socket.on('close', (code, reason) => listener.onClose({ code, reason: reason.toString() }));
    socket.on('message', (data, isBinary) => {
      const bytes = toBytes(data);
      listener.onMessage(isBinary ? bytes : fromUtf8(bytes));
    });
    return opened.promise;
  }

  get subprotocol(): string | null {
    return this.#socket.protocol === '' ? null : this.#socket.protocol;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  send(message: string | Uint8Array): void {
    this.#socket.send(message);
  }

  /** Sends one message in two WebSocket fragments (RFC 6455 §5.4). */
  sendFragments(message: Uint8Array, at: number): void {
    this.#socket.send(message.subarray(0, at), { fin: false });
    this.#socket.send(message.subarray(at), { fin: true });
  }

  close(code = 1000): void {
    this.#socket.close(code);
  }

  /** Breaks the connection without a Close frame. */
  terminate(): void {
    this.#socket.terminate();
  }
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
