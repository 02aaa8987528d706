import { WebSocket } from 'ws';

import { decodeFrame } from '../../shared/hub-protocol/decode-frame.ts';
import { encodeFrame } from '../../shared/hub-protocol/encode-frame.ts';
import type { RequestFrame, ResponseFrame } from '../../shared/hub-protocol/frame.ts';
import { parseObject } from './client.ts';
import { Surprise } from './expect.ts';

export type HubEvent = Readonly<Record<string, unknown>>;
export type Closing = { readonly code: number; readonly reason: string };
export type HubCall = { readonly guid: string; readonly payload?: unknown };

const PATIENCE_MS = 10_000;

/** A game's end of the hub: one socket, 31-byte requests out, 16-byte responses in. */
export class HubClient {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<bigint, (frame: ResponseFrame) => void>();
  readonly #events: HubEvent[] = [];
  #wake = Promise.withResolvers<void>();
  #lastId = 0n;
  readonly closed: Promise<Closing>;

  constructor(url: string, token: string) {
    this.#socket = new WebSocket(`${url.replace(/^http/, 'ws')}/connect`, 'sallyport.v1', {
      headers: { authorization: `Bearer ${token}` },
    });
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.on('message', (data: ArrayBuffer) => this.#receive(data));
    this.closed = new Promise((resolve) => {
      this.#socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    // A refusal is told by `opened`; `ws` closes the socket after any other error.
    this.#socket.on('error', () => {});
  }

  /** @throws {Surprise} If the upgrade is refused. */
  async opened(): Promise<void> {
    await within(
      new Promise<void>((resolve, reject) => {
        this.#socket.once('open', resolve);
        this.#socket.once('error', (error) => reject(new Surprise(error.message)));
      }),
      'the socket to open',
    );
  }

  /** Waits for the event of that name. */
  async event(name: string): Promise<HubEvent> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = this.#events.find((event) => event['eventName'] === name);
      if (found !== undefined) return found;
      await within(this.#wake.promise, `the event ${name}`, deadline - Date.now());
    }
  }

  /** Calls one endpoint and waits for its response. */
  async call({ guid, payload }: HubCall): Promise<ResponseFrame> {
    this.#lastId += 1n;
    const messageId = this.#lastId;
    const frame: RequestFrame = {
      kind: 'request',
      flags: 0,
      channel: 0,
      sequence: Number(messageId),
      messageId,
      guid,
      payload: new TextEncoder().encode(payload === undefined ? '' : JSON.stringify(payload)),
    };
    const { promise, resolve } = Promise.withResolvers<ResponseFrame>();
    this.#waiting.set(messageId, resolve);
    this.#socket.send(encodeFrame(frame));
    return within(promise, 'a response');
  }

  close(): void {
    this.#socket.terminate();
  }

  #receive(data: ArrayBuffer): void {
    const decoded = decodeFrame(data);
    if (!decoded.ok) return;
    const frame = decoded.value;
    if (frame.kind === 'response') {
      this.#waiting.get(frame.messageId)?.(frame);
      this.#waiting.delete(frame.messageId);
      return;
    }
    const event = parseObject(new TextDecoder().decode(frame.payload));
    if (event === undefined) return;
    this.#events.push(event);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

/** @throws {Surprise} If it takes longer than 10 s. */
export async function within<T>(
  promise: Promise<T>,
  what: string,
  patience: number = PATIENCE_MS,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Surprise(`waited in vain for ${what}`)), patience);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
