import { Listeners } from '../common/listeners.ts';
import { fullJitter, pause } from '../common/timing.ts';
import {
  afterClose,
  type CloseReason,
  closeReason,
  type HubState,
  type QueuePlace,
} from './hub-state.ts';

/** How a connection ended. */
export type ConnectionEnd = {
  /** The close code; 1006 also if the connection was never open. */
  readonly code: number;
  readonly wasOpen: boolean;
  /** How long it was open, in milliseconds. */
  readonly lasted: number;
  /** How long the server asks the client to wait, in milliseconds. */
  readonly retryAfterMs: number;
  readonly queue?: QueuePlace;
};

export type ReconnectorPorts = {
  /**
   * Opens a connection and resolves when it has ended or failed.
   *
   * @param attempt `opened` must be called once frames can be sent.
   * @returns `signed_out` if there is no token to connect with.
   */
  readonly connect: (attempt: Attempt) => Promise<ConnectionEnd | 'signed_out'>;
  readonly random: () => number;
};

export type Attempt = {
  /** Whether the hub refused the token of the last connection. */
  readonly needsNewToken: boolean;
  /** Whether the last attempt failed before the connection was open. */
  readonly hasFailed: boolean;
  readonly opened: (resumed: boolean) => void;
  /** Is aborted when the hub is closed. */
  readonly signal: AbortSignal;
};

/** Milliseconds after which an open connection counts as a success: failures count from 1 again. */
const STABLE_AFTER = 5_000;

/** Keeps one connection open, and opens the next one after a loss. */
export class Reconnector {
  readonly changes = new Listeners<HubState>();
  readonly #ports: ReconnectorPorts;
  #state: HubState = { name: 'connecting' };
  #closing = new AbortController();
  #waiting = new AbortController();

  constructor(ports: ReconnectorPorts) {
    this.#ports = ports;
  }

  get state(): HubState {
    return this.#state;
  }

  /** Connects, for the first time or after {@link close}. */
  start(): void {
    this.#closing = new AbortController();
    this.#enter({ name: 'connecting' });
    void this.#run(this.#closing.signal);
  }

  /** Ends the connection and does not reconnect. */
  close(reason: CloseReason): void {
    if (this.#state.name === 'closed') return;
    this.#enter({ name: 'closed', reason });
    this.#closing.abort();
    this.#waiting.abort();
  }

  /** Makes the next attempt at once. */
  retryNow(): void {
    this.#waiting.abort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const isClosed = (): boolean => signal.aborted;
    let failures = 0;
    let needsNewToken = false;
    let hasFailed = false;
    for (;;) {
      const attempt = { needsNewToken, hasFailed, signal, opened: this.#opened };
      const end = await this.#ports.connect(attempt);
      if (isClosed()) return;
      if (end === 'signed_out') return this.close('signed_out');
      const next = afterClose(end.code);
      if (next === 'stay_closed') return this.close(closeReason(end.code));
      needsNewToken = next === 'renew_token';
      hasFailed = !end.wasOpen;
      failures = end.lasted >= STABLE_AFTER ? 1 : failures + 1;
      await this.#wait(failures, end);
      if (isClosed()) return;
    }
  }

  async #wait(failures: number, { retryAfterMs, queue }: ConnectionEnd): Promise<void> {
    const retryInMs = retryAfterMs + fullJitter(failures, this.#ports.random());
    this.#waiting = new AbortController();
    this.#enter({ name: 'reconnecting', failures, retryInMs, queue });
    await pause(retryInMs, this.#waiting.signal);
  }

  readonly #opened = (resumed: boolean): void => {
    this.#enter({ name: 'open', resumed });
  };

  #enter(state: HubState): void {
    this.#state = state;
    this.changes.emit(state);
  }
}
