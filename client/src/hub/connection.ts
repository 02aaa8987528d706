import { decodeFrame } from '../../../shared/hub-protocol/decode-frame.ts';
import { Flag, type Frame, hasFlag } from '../../../shared/hub-protocol/frame.ts';
import type { Address } from './address.ts';
import type { Decompress } from './decompress.ts';

/** What is used of a `WebSocket`. */
export interface Socket {
  binaryType: string;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(
    type: 'close',
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void;
  addEventListener(type: 'error', listener: () => void): void;
}

/** `WebSocket`, or one that behaves like it, such as that of the package `ws`. */
export type SocketConstructor = new (url: string, protocols: string[]) => Socket;

export type ConnectionHandlers = {
  /** A frame that still has {@link Flag.compressed} could not be read. */
  readonly frame: (frame: Frame) => void;
  /** A text frame: `pong`. */
  readonly text: () => void;
  /** Told once. 1006: lost without a close frame (RFC 6455 §7.4.1). */
  readonly closed: (code: number) => void;
};

/** One WebSocket: frames in, in their order, and bytes out. */
export class Connection {
  readonly #socket: Socket;
  readonly #handlers: ConnectionHandlers;
  readonly #decompress: Decompress;
  /** While a compressed frame is being read, those behind it wait. */
  #reading: Promise<void> | undefined;
  #isClosed = false;

  constructor(
    { url, subprotocols }: Address,
    ports: { readonly WebSocket: SocketConstructor; readonly decompress: Decompress },
    handlers: ConnectionHandlers,
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
