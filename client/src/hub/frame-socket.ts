import { decodeFrame } from '../../../shared/hub-protocol/decode-frame.ts';
import { Flag, type Frame, hasFlag } from '../../../shared/hub-protocol/frame.ts';
import type { Socket, SocketConstructor } from '../common/platform.ts';

export type FrameSocketHandlers = {
  /** A frame that still has {@link Flag.compressed} could not be decompressed. */
  readonly frame: (frame: Frame) => void;
  /** A text frame arrived; the hub sends `pong` only. */
  readonly text: () => void;
  /** Is called once. 1006 means lost without a close frame (RFC 6455 §7.4.1). */
  readonly closed: (code: number) => void;
};

/** One WebSocket, which decodes frames and hands them on in order. */
export class FrameSocket {
  readonly #socket: Socket;
  readonly #handlers: FrameSocketHandlers;
  readonly #decompress: Decompress;
  /** Settles when the last compressed frame is read; later frames wait for it. */
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
    // Node's WebSocket sends no close event when the upgrade is refused, only the error.
    this.#socket.addEventListener('error', () => this.#end(1006));
  }

  /** Does nothing once the socket is closed. */
  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (!this.#isClosed) this.#socket.send(data);
  }

  /**
   * Ends the connection on this side at once. The peer's close frame may never come, because the
   * network may be down.
   */
  close(code: number): void {
    if (this.#isClosed) return;
    try {
      this.#socket.close(code);
    } catch {
      // `ws` throws before the socket is open; browsers do not.
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
    const own = this.#readAfter(this.#reading, frame).finally(() => {
      if (this.#reading === own) this.#reading = undefined;
    });
    this.#reading = own;
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

/** The parameters of an upgrade request. */
export type Opening = {
  /** The hub's address: `https:`, `http:`, `wss:` or `ws:`. */
  readonly url: string;
  /** `undefined` to connect by the reconnection token alone. */
  readonly accessToken: string | undefined;
  /** The admission queue's grant. */
  readonly grant: string | undefined;
  readonly reconnectionToken: string | undefined;
  /** The sequence of the last received event; `undefined` begins a new stream. */
  readonly lastSequence: number | undefined;
  readonly manifestHash: string | undefined;
};

export type Address = { readonly url: string; readonly subprotocols: readonly string[] };

/** Credentials go into the subprotocols, because a browser cannot set headers of an upgrade. */
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

/** Decompresses Brotli (RFC 7932), and rejects other bytes. */
export type Decompress = (bytes: Uint8Array) => Promise<Uint8Array>;

/** Uses the platform's `DecompressionStream`, which rejects where it does not support Brotli. */
export async function decompressBrotli(bytes: Uint8Array): Promise<Uint8Array> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- newer than the types
  const format = 'brotli' as string as CompressionFormat;
  const stream = new DecompressionStream(format);
  const expanded = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(expanded).arrayBuffer());
}
