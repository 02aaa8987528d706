import { WebSocket } from 'ws';

import { fromUtf8 } from '../../../shared/bytes.ts';
import { decodeFrame } from '../../../shared/hub-protocol/decode-frame.ts';
import { Flag, hasFlag } from '../../../shared/hub-protocol/frame.ts';

export type Heard = { readonly sequence: number; readonly eventId: string };

type Payload = {
  readonly eventName: string;
  readonly eventId: string;
  readonly [m: string]: unknown;
};

/** What a client remembers to come back with. */
export type Place = {
  readonly reconnectionToken: string;
  readonly lastSequence: number;
};

/**
 * What a client must do to miss nothing, and nothing more: it remembers its newest reconnection token
 * and the sequence of the last event, and comes back with them.
 */
export class StreamClient {
  readonly #url: string;
  readonly #accessToken: string;
  /** Of the admission queue. */
  grant: string | undefined;
  /** Every event of a service that came, over all connections. */
  readonly heard: Heard[] = [];
  readonly gaps: Payload[] = [];
  /** Of each connection, whether it went on with the stream. */
  readonly resumed: boolean[] = [];
  manifest: Payload | undefined;
  lastSequence: number | undefined;
  #token: string | undefined;
  #socket: WebSocket | undefined;

  constructor(url: string, accessToken: string) {
    this.#url = `${url.replace('http', 'ws')}/connect`;
    this.#accessToken = accessToken;
  }

  /** One that was connected before, and remembers nothing but its place. */
  static at(url: string, { reconnectionToken, lastSequence }: Place): StreamClient {
    const client = new StreamClient(url, '');
    client.#token = reconnectionToken;
    client.lastSequence = lastSequence;
    return client;
  }

  get place(): Place {
    const { lastSequence } = this;
    if (this.#token === undefined || lastSequence === undefined) {
      throw new Error('Cannot tell the place: it was never connected');
    }
    return { reconnectionToken: this.#token, lastSequence };
  }

  /** Connects, or comes back, and waits for the manifest. Tries again until the server is there. */
  async connect(): Promise<this> {
    for (;;) {
      const outcome = await this.#attempt();
      if (outcome === 'open') return this;
      if (outcome !== 'unreachable') throw new Error(`Cannot connect: status ${outcome}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** The network fails: no Close frame. */
  breakOff(): void {
    this.#socket?.terminate();
  }

  /** Waits until an event has come. */
  async until(eventId: string): Promise<void> {
    while (!this.heard.some((one) => one.eventId === eventId)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  close(): void {
    this.#socket?.close(1000);
  }

  #attempt(): Promise<'open' | 'unreachable' | number> {
    const url = new URL(this.#url);
    if (this.lastSequence !== undefined) {
      url.searchParams.set('lastSequence', String(this.lastSequence));
    }
    if (this.grant !== undefined) url.searchParams.set('grant', this.grant);
    const authorization =
      this.#token === undefined ? `Bearer ${this.#accessToken}` : `Reconnect ${this.#token}`;
    const socket = new WebSocket(url, { headers: { authorization }, perMessageDeflate: false });
    this.#socket = socket;
    return new Promise((resolve) => {
      socket.on('unexpected-response', (_, { statusCode = 0 }) => {
        resolve(statusCode >= 500 ? 'unreachable' : statusCode);
        socket.terminate();
      });
      socket.on('error', () => resolve('unreachable'));
      socket.on('close', () => resolve('unreachable'));
      socket.on('message', (data: Buffer) => {
        this.#take(data);
        resolve('open');
      });
    });
  }

  #take(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    if (!frame.ok) throw new Error('Cannot read what the hub sent');
    const { flags, sequence, payload } = frame.value;
    if (!hasFlag(flags, Flag.event)) return;
    const event = JSON.parse(fromUtf8(payload)) as Payload;
    this.lastSequence = sequence;
    if (event.eventName === 'connect.capability-manifest') this.#welcome(event);
    else if (event.eventName === 'connect.gap') this.gaps.push(event);
    else if (!event.eventName.startsWith('connect.')) {
      this.heard.push({ sequence, eventId: event.eventId });
    }
  }

  /** A manifest that comes later, because it has changed, says nothing of coming back. */
  #welcome(manifest: Payload): void {
    this.manifest = manifest;
    if (manifest['reconnectionToken'] === undefined) return;
    this.#token = String(manifest['reconnectionToken']);
    this.resumed.push(manifest['resumed'] === true);
  }
}
