import type { AccessToken, TokenSource } from '../auth/session.ts';
import { MAX_DELAY } from '../common/timing.ts';

/** Milliseconds. */
const PING_EVERY = 25_000;
const PONG_TIMEOUT = 10_000;
/** A timer that is later than this was delayed: the device slept, or the tab was in the background. */
const TIMER_DELAY = 5_000;

export type KeepAlivePorts = {
  readonly ping: () => void;
  /** The peer did not answer in time. */
  readonly dead: () => void;
  /** Milliseconds since any fixed time. */
  readonly now: () => number;
};

/** Pings, so that the hub does not close the connection as idle and a lost connection is noticed. */
export class KeepAlive {
  readonly #ports: KeepAlivePorts;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether a frame came since the last ping. */
  #hasReceived = true;

  constructor(ports: KeepAlivePorts) {
    this.#ports = ports;
    this.#schedule();
  }

  received(): void {
    this.#hasReceived = true;
  }

  /** Pings at once, because the connection may be lost. */
  probe(): void {
    clearTimeout(this.#timer);
    this.#hasReceived = false;
    this.#ports.ping();
    const due = this.#ports.now() + PONG_TIMEOUT;
    this.#timer = setTimeout(() => this.#check(due), PONG_TIMEOUT);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    this.#timer = setTimeout(() => this.probe(), PING_EVERY);
  }

  #check(due: number): void {
    if (this.#hasReceived) this.#schedule();
    // The answer may have arrived while the process could not read it.
    else if (this.#ports.now() - due > TIMER_DELAY) this.probe();
    else this.#ports.dead();
  }
}

export type ReauthenticationPorts = {
  readonly tokens: TokenSource;
  /**
   * Shows the hub a token. Returns when the token expires, in milliseconds by the server's clock;
   * `undefined` if the hub does not tell.
   */
  readonly present: (token: string) => Promise<number | undefined>;
  /** The server's clock. */
  readonly now: () => number;
};

/** Milliseconds. A token that lives less than three times as long is replaced after two thirds. */
const REAUTHENTICATE_BEFORE = 60_000;
const REAUTHENTICATE_RETRY = 10_000;

/** Shows the hub a new access token before the old one expires, so that the hub does not close. */
export class Reauthentication {
  readonly #ports: ReauthenticationPorts;
  #token: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;

  /** @param token The token that opened the connection. */
  constructor(ports: ReauthenticationPorts, { value, expiresAt }: AccessToken) {
    this.#ports = ports;
    this.#token = value;
    // The hub answers with the expiry, even if it has the token already.
    if (expiresAt === undefined) void this.#present();
    else this.#schedule(expiresAt);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(expiresAt: number | undefined): void {
    if (this.#isStopped || expiresAt === undefined) return;
    const left = expiresAt - this.#ports.now();
    const delay = Math.max(REAUTHENTICATE_RETRY, left - Math.min(REAUTHENTICATE_BEFORE, left / 3));
    this.#timer = setTimeout(() => void this.#renew(), Math.min(delay, MAX_DELAY));
  }

  async #renew(): Promise<void> {
    try {
      this.#token = (await this.#ports.tokens(this.#token)).value;
    } catch {
      return this.#retryLater();
    }
    await this.#present();
  }

  async #present(): Promise<void> {
    try {
      this.#schedule(await this.#ports.present(this.#token));
    } catch {
      this.#retryLater();
    }
  }

  /** If no attempt succeeds in time, the hub closes, and the next connection gets a new token. */
  #retryLater(): void {
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.#renew(), REAUTHENTICATE_RETRY);
  }
}

/** Milliseconds. */
const ACK_EVERY = 5_000;
const ACK_AFTER_BYTES = 65_536;

/**
 * Acknowledges events, after 64 KiB of them and at the latest 5 s after one, so that the hub can tell
 * a slow client.
 */
export class Acknowledger {
  readonly #send: (sequence: number) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #bytes = 0;
  #sequence = 0;

  constructor(send: (sequence: number) => void) {
    this.#send = send;
  }

  received(sequence: number, bytes: number): void {
    this.#sequence = sequence;
    this.#bytes += bytes;
    if (this.#bytes >= ACK_AFTER_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), ACK_EVERY);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #flush(): void {
    this.stop();
    this.#bytes = 0;
    this.#send(this.#sequence);
  }
}
