import { Flag, type Frame, hasFlag } from '../../../shared/hub-protocol/frame.ts';
import { readJson } from '../hub-client.ts';
import { connectOverWs, UpgradeRefused, type WsHubClient } from './ws-hub.ts';

export type Heard = { readonly sequence: number; readonly eventId: string };

type Payload = {
  readonly eventName: string;
  readonly eventId: string;
  readonly [m: string]: unknown;
};

/** What a client needs to come back. */
export type Place = {
  readonly reconnectionToken: string;
  readonly lastSequence: number;
};

/**
 * A client that comes back with its newest reconnection token and the sequence of its last event, which
 * is all that a client needs to miss nothing.
 */
export class StreamClient {
  readonly #url: string;
  readonly #accessToken: string;
  /** A grant of the admission queue. */
  grant: string | undefined;
  /** The events of services that arrived, over all connections. */
  readonly heard: Heard[] = [];
  readonly gaps: Payload[] = [];
  /** For each connection, whether it resumed the stream. */
  readonly resumed: boolean[] = [];
  manifest: Payload | undefined;
  lastSequence: number | undefined;
  #token: string | undefined;
  #client: WsHubClient | undefined;

  constructor(url: string, accessToken: string) {
    this.#url = `${url}/connect`;
    this.#accessToken = accessToken;
  }

  /** A client that was connected before, in another process. */
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

  /** Breaks the connection without a Close frame. */
  breakOff(): void {
    this.#client?.socket.terminate();
  }

  /** Waits until an event has arrived. */
  async until(eventId: string): Promise<void> {
    while (!this.heard.some((one) => one.eventId === eventId)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  close(): void {
    this.#client?.close(1000);
  }

  async #attempt(): Promise<'open' | 'unreachable' | number> {
    const url = new URL(this.#url);
    if (this.lastSequence !== undefined) {
      url.searchParams.set('lastSequence', String(this.lastSequence));
    }
    if (this.grant !== undefined) url.searchParams.set('grant', this.grant);
    const authorization =
      this.#token === undefined ? `Bearer ${this.#accessToken}` : `Reconnect ${this.#token}`;
    const onFrame = (frame: Frame) => this.#take(frame);
    try {
      this.#client = await connectOverWs(url, undefined, { headers: { authorization }, onFrame });
      return 'open';
    } catch (error) {
      return error instanceof UpgradeRefused && error.status < 500 ? error.status : 'unreachable';
    }
  }

  #take(frame: Frame): void {
    const { flags, sequence } = frame;
    if (!hasFlag(flags, Flag.event)) return;
    const event = readJson(frame) as Payload;
    this.lastSequence = sequence;
    if (event.eventName === 'connect.capability-manifest') this.#welcome(event);
    else if (event.eventName === 'connect.gap') this.gaps.push(event);
    else if (!event.eventName.startsWith('connect.')) {
      this.heard.push({ sequence, eventId: event.eventId });
    }
  }

  /** A manifest that is sent again has no reconnection token. */
  #welcome(manifest: Payload): void {
    this.manifest = manifest;
    if (manifest['reconnectionToken'] === undefined) return;
    this.#token = String(manifest['reconnectionToken']);
    this.resumed.push(manifest['resumed'] === true);
  }
}
