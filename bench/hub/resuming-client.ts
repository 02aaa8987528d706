import { setTimeout as sleep } from 'node:timers/promises';
import { Refused, SocketClient, type Upgrade } from '../sockets/socket-client.ts';
import { type HubEvent, readEvent } from './event-frame.ts';
import type { Received } from './tally.ts';

/** Where the hub listens: elsewhere after each restart. */
export type Whereabouts = { port: number };

/** A client that comes back with its reconnection token whenever its socket is lost. */
export class ResumingClient {
  readonly received: Received[] = [];
  /** Openings that the hub refused, and those that began a new stream where one was to go on. */
  failures = 0;
  resumptions = 0;
  readonly #where: Whereabouts;
  readonly #session: Upgrade['headers'];
  #client: SocketClient | undefined;
  #token: string | undefined;
  #lastSequence = 0;
  #stopped = false;

  constructor(where: Whereabouts, session: Upgrade['headers']) {
    this.#where = where;
    this.#session = session;
  }

  /** Begins a stream, or goes on with it. Resolves with the manifest. */
  async connect(): Promise<void> {
    const { promise: greeted, resolve, reject } = Promise.withResolvers<undefined>();
    const client = new SocketClient(this.#upgrade());
    client.onMessage = ({ payload }) => {
      const event = readEvent(payload);
      if (event === undefined) return;
      this.#take(event);
      resolve(undefined);
    };
    client.onLost = () => {
      reject(new Error('Cannot go on: the socket was lost before its manifest'));
      if (this.#client === client) void this.#comeBack();
    };
    await client.opened;
    await greeted;
    this.#client = client;
  }

  /** From now on it stays away when its socket is lost. */
  rest(): void {
    this.#stopped = true;
  }

  close(): void {
    this.rest();
    this.#client?.close();
  }

  #upgrade(): Upgrade {
    const { port } = this.#where;
    if (this.#token === undefined) return { port, path: '/connect', headers: this.#session };
    const headers = { authorization: `Reconnect ${this.#token}` };
    return { port, path: `/connect?lastSequence=${this.#lastSequence}`, headers };
  }

  #take(event: HubEvent): void {
    const { eventName, eventId, sequence } = event;
    if (eventName === 'connect.capability-manifest') this.#greeted(event);
    else if (!eventName.startsWith('connect.')) this.received.push({ eventId, sequence });
    else if (eventName === 'connect.gap') this.failures += 1;
    this.#lastSequence = sequence;
  }

  #greeted({ reconnectionToken, resumed }: HubEvent): void {
    if (this.#token !== undefined) {
      if (resumed === true) this.resumptions += 1;
      else this.failures += 1;
    }
    this.#token = reconnectionToken;
  }

  /** Full jitter, as the protocol asks for. */
  async #comeBack(): Promise<void> {
    for (let bound = 250; !this.#stopped; bound = Math.min(2 * bound, 2_000)) {
      await sleep(Math.random() * bound);
      try {
        await this.connect();
        return;
      } catch (error) {
        if (error instanceof Refused) this.failures += 1;
      }
    }
  }
}
