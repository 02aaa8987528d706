import { decodeFrame } from '../../../shared/hub-protocol/decode-frame.ts';
import { Flag, type Frame, hasFlag } from '../../../shared/hub-protocol/frame.ts';
import type { Socket, SocketConstructor } from '../common/platform.ts';

export type FrameSocketHandlers = {
  /** A frame that still has {@link Flag.compressed} could not be read. */
  readonly frame: (frame: Frame) => void;
  /** A text frame: `pong`. */
  readonly text: () => void;
  /** Told once. 1006: lost without a close frame (RFC 6455 §7.4.1). */
  readonly closed: (code: number) => void;
};

/** One WebSocket: frames in, in their order, and bytes out. */
export class FrameSocket {
  readonly #socket: Socket;
  readonly #handlers: FrameSocketHandlers;
  readonly #decompress: Decompress;
  /** While a compressed frame is being read, those behind it wait. */
  #reading: Promise<void> | undefined;
  #isClosed = false;

  constructor(
    { url, subprotocols }: Address,
    ports: { readonly WebSocket: SocketConstructor; readonly decompress: Decompress },
    handlers: FrameSocketHandlers,
  ) {
    this.#handlers = handlers;
    this.#decompress = ports.decompress;
    this.#socket = new ports.WebSocket(url, [...subprotocols]);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.addEventListener('message', ({ data }) => this.#receive(data));
    this.#socket.addEventListener('close', ({ code }) => this.#end(code));
    // Node's own WebSocket tells nothing more than the error when the upgrade is refused.
    this.#socket.addEventListener('error', () => this.#end(1006));
  }

  /** Does nothing once it is closed. */
  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (!this.#isClosed) this.#socket.send(data);
  }

  /**
   * Ends it on this side at once. Who waited for the peer's close frame would wait for as long as a
   * dead network takes to be noticed.
   */
  close(code: number): void {
    if (this.#isClosed) return;
    try {
      this.#socket.close(code);
    } catch {
      // `ws` throws where a browser does not: before the socket is open.
    }
    this.#end(code);
  }

  #end(code: number): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#handlers.closed(code);
  }

  #receive(data: unknown): void {
    if (this.#isClosed) return;
    if (!(data instanceof ArrayBuffer)) return this.#handlers.text();
    const decoded = decodeFrame(data);
    if (!decoded.ok) return;
    const frame = decoded.value;
    if (this.#reading === undefined && !hasFlag(frame.flags, Flag.compressed)) {
      return this.#handlers.frame(frame);
    }
    this.#queue(frame);
  }

  #queue(frame: Frame): void {
    const mine = this.#readAfter(this.#reading, frame).finally(() => {
      if (this.#reading === mine) this.#reading = undefined;
    });
    this.#reading = mine;
  }

  async #readAfter(before: Promise<void> | undefined, frame: Frame): Promise<void> {
    const [expanded] = await Promise.all([this.#expand(frame), before]);
    if (!this.#isClosed) this.#handlers.frame(expanded);
  }

  async #expand(frame: Frame): Promise<Frame> {
    if (!hasFlag(frame.flags, Flag.compressed)) return frame;
    try {
      const payload = await this.#decompress(frame.payload);
      return { ...frame, flags: frame.flags & ~Flag.compressed, payload };
    } catch {
      return frame;
    }
  }
}

/** What a connection is opened with. */
export type Opening = {
  /** `https:`, `http:`, `wss:` or `ws:`, with the path of the hub. */
  readonly url: string;
  /** `undefined`: the reconnection token alone must do. */
  readonly accessToken: string | undefined;
  /** Of the admission queue. */
  readonly grant: string | undefined;
  readonly reconnectionToken: string | undefined;
  /** Of the last event that was received; `undefined` begins a new stream. */
  readonly lastSequence: number | undefined;
  readonly manifestHash: string | undefined;
};

export type Address = { readonly url: string; readonly subprotocols: readonly string[] };

/** Where to connect to. Credentials stand among the subprotocols: a browser can set no header. */
export function addressOf(opening: Opening): Address {
  const url = new URL(opening.url);
  url.protocol = url.protocol.replace('http', 'ws');
  const { lastSequence, manifestHash, accessToken, grant, reconnectionToken } = opening;
  if (lastSequence !== undefined) url.searchParams.set('lastSequence', String(lastSequence));
  if (manifestHash !== undefined) url.searchParams.set('manifest', manifestHash);
  return {
    url: url.href,
    subprotocols: [
      'sallyport.v1+problem',
      'sallyport.v1',
      ...(accessToken === undefined ? [] : [`bearer.${accessToken}`]),
      ...(reconnectionToken === undefined ? [] : [`reconnect.${reconnectionToken}`]),
      ...(grant === undefined ? [] : [`grant.${grant}`]),
    ],
  };
}

/** Reads Brotli (RFC 7932). Rejects what is none. */
export type Decompress = (bytes: Uint8Array) => Promise<Uint8Array>;

/** With the platform's own `DecompressionStream`, which rejects where it knows no Brotli. */
export async function decompressBrotli(bytes: Uint8Array): Promise<Uint8Array> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- newer than the types
  const format = 'brotli' as string as CompressionFormat;
  const stream = new DecompressionStream(format);
  const expanded = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(expanded).arrayBuffer());
}
