import { WebSocket } from 'ws';

import { decodeFrame } from '../../shared/hub-protocol/decode-frame.ts';
import { encodeFrame } from '../../shared/hub-protocol/encode-frame.ts';
import type { RequestFrame, ResponseFrame } from '../../shared/hub-protocol/frame.ts';
import { parseObject, TourError } from './client.ts';

export type HubEvent = Readonly<Record<string, unknown>>;
export type Closing = { readonly code: number; readonly reason: string };
export type HubCall = { readonly guid: string; readonly payload?: unknown };

const TIMEOUT_MS = 10_000;

/** A minimal client of the hub on one socket, which shows how the protocol is used. */
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
    // `opened` reports a refusal, and `ws` closes the socket after any other error.
    this.#socket.on('error', () => {});
  }

  /** @throws {TourError} If the upgrade is refused. */
  async opened(): Promise<void> {
    await within(
      new Promise<void>((resolve, reject) => {
        this.#socket.once('open', resolve);
        this.#socket.once('error', (error) => reject(new TourError(error.message)));
      }),
      'the opening of the socket',
    );
  }

  /** Waits for the event of that name. */
  async event(name: string): Promise<HubEvent> {
    const deadline = Date.now() + TIMEOUT_MS;
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

/** @throws {TourError} If it takes longer than 10 s. */
export async function within<T>(
  promise: Promise<T>,
  what: string,
  timeout: number = TIMEOUT_MS,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new TourError(`${what} did not come in time`)), timeout);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
