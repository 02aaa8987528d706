import { Listeners } from '../common/listeners.ts';
import { fullJitter, pause } from '../common/timing.ts';
import {
  afterClose,
  type CloseReason,
  closeReason,
  type HubState,
  type QueuePlace,
} from './hub-state.ts';

/** How one connection went. */
export type ConnectionEnd = {
  /** A close code; 1006 also where it was never opened. */
  readonly code: number;
  readonly wasOpen: boolean;
  /** How long it was open, in milliseconds. */
  readonly lasted: number;
  /** The server asks to stay away so long. */
  readonly retryAfterMs: number;
  readonly queue?: QueuePlace;
};

export type ReconnectorPorts = {
  /**
   * Opens a connection and resolves when it has ended, however it did.
   *
   * @param attempt `opened` is to be called once frames can be sent.
   * @returns `signed_out`: there is no token, and will be none.
   */
  readonly connect: (attempt: Attempt) => Promise<ConnectionEnd | 'signed_out'>;
  readonly random: () => number;
};

export type Attempt = {
  /** The token of the last connection was not accepted. */
  readonly needsNewToken: boolean;
  /** The last attempt failed, and nothing tells why. */
  readonly hasFailed: boolean;
  readonly opened: (resumed: boolean) => void;
  /** Aborted when the connection is not wanted any more. */
  readonly signal: AbortSignal;
};

/** What was open for so long was a success: the next loss is the first again. */
const STABLE = 5_000;

/** Keeps one connection at a time open, for as long as that is sensible. */
export class Reconnector {
  readonly changes = new Listeners<HubState>();
  readonly #ports: ReconnectorPorts;
  #state: HubState = { name: 'connecting' };
  #closing = new AbortController();
  #resting = new AbortController();

  constructor(ports: ReconnectorPorts) {
    this.#ports = ports;
  }

  get state(): HubState {
    return this.#state;
  }

  /** Begins, or begins again after it was closed. Does nothing otherwise. */
  start(): void {
    this.#closing = new AbortController();
    this.#enter({ name: 'connecting' });
    void this.#run(this.#closing.signal);
  }

  /** Ends it. */
  close(reason: CloseReason): void {
    if (this.#state.name === 'closed') return;
    this.#enter({ name: 'closed', reason });
    this.#closing.abort();
    this.#resting.abort();
  }

  /** Something has changed for the better: does not wait for the next attempt. */
  hurry(): void {
    this.#resting.abort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const isOver = (): boolean => signal.aborted;
    let failures = 0;
    let needsNewToken = false;
    let hasFailed = false;
    for (;;) {
      const attempt = { needsNewToken, hasFailed, signal, opened: this.#opened };
      const ending = await this.#ports.connect(attempt);
      if (isOver()) return;
      if (ending === 'signed_out') return this.close('signed_out');
      const verdict = afterClose(ending.code);
      if (verdict === 'stay_away') return this.close(closeReason(ending.code));
      needsNewToken = verdict === 'return_with_new_token';
      hasFailed = !ending.wasOpen;
      failures = ending.lasted >= STABLE ? 1 : failures + 1;
      await this.#rest(failures, ending);
      if (isOver()) return;
    }
  }

  async #rest(failures: number, { retryAfterMs, queue }: ConnectionEnd): Promise<void> {
    const retryInMs = retryAfterMs + fullJitter(failures, this.#ports.random());
    this.#resting = new AbortController();
    this.#enter({ name: 'reconnecting', failures, retryInMs, queue });
    await pause(retryInMs, this.#resting.signal);
  }

  readonly #opened = (resumed: boolean): void => {
    this.#enter({ name: 'open', resumed });
  };

  #enter(state: HubState): void {
    this.#state = state;
    this.changes.tell(state);
  }
}
