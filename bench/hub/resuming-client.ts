import { setTimeout as sleep } from 'node:timers/promises';
import { Refused, SocketClient, type Upgrade } from '../sockets/socket-client.ts';
import { type HubEvent, readEvent } from './event-frame.ts';
import type { Received } from './tally.ts';

/** The hub's address, which changes with each restart. */
export type HubAddress = { port: number };

/** A client that resumes with its reconnection token when its socket is lost. */
export class ResumingClient {
  readonly received: Received[] = [];
  /** The number of refused connections, and of resumptions that began a new stream. */
  failures = 0;
  resumptions = 0;
  readonly #where: HubAddress;
  readonly #session: Upgrade['headers'];
  #client: SocketClient | undefined;
  #token: string | undefined;
  #lastSequence = 0;
  #stopped = false;

  constructor(where: HubAddress, session: Upgrade['headers']) {
    this.#where = where;
    this.#session = session;
  }

  /** Begins or resumes the stream. Resolves with the manifest. */
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

  /** Does not reconnect after this. */
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

  /** Full jitter, as in the protocol. */
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
