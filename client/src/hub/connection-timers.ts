import type { AccessToken, TokenSource } from '../auth/session.ts';

/** Milliseconds. */
const PING_EVERY = 25_000;
const PONG_TIMEOUT = 10_000;
/** A timer that is later than this was held back: the device slept, or the tab was in the background. */
const HELD_BACK = 5_000;

export type KeepAlivePorts = {
  readonly ping: () => void;
  /** Nothing is heard any more. */
  readonly dead: () => void;
  /** Milliseconds, from any origin. */
  readonly now: () => number;
};

/** Notices a connection that died in silence, and keeps a quiet one from being closed as idle. */
export class KeepAlive {
  readonly #ports: KeepAlivePorts;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Since the last ping. */
  #hasHeard = true;

  constructor(ports: KeepAlivePorts) {
    this.#ports = ports;
    this.#rest();
  }

  heard(): void {
    this.#hasHeard = true;
  }

  /** Asks at once: something says that the connection may be dead. */
  probe(): void {
    clearTimeout(this.#timer);
    this.#hasHeard = false;
    this.#ports.ping();
    const due = this.#ports.now() + PONG_TIMEOUT;
    this.#timer = setTimeout(() => this.#judge(due), PONG_TIMEOUT);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #rest(): void {
    this.#timer = setTimeout(() => this.probe(), PING_EVERY);
  }

  #judge(due: number): void {
    if (this.#hasHeard) this.#rest();
    // The answer may lie in a queue that this process had no time to read.
    else if (this.#ports.now() - due > HELD_BACK) this.probe();
    else this.#ports.dead();
  }
}

export type ReauthenticationPorts = {
  readonly tokens: TokenSource;
  /**
   * Puts the connection under a token. Returns when that expires, in milliseconds by the server's
   * clock; `undefined` if it does not say.
   */
  readonly present: (token: string) => Promise<number | undefined>;
  /** The server's clock. */
  readonly now: () => number;
};

/** Milliseconds. A token that lives for less than three times as long is replaced later. */
const REAUTHENTICATE_BEFORE = 60_000;
const REAUTHENTICATE_RETRY = 10_000;
const MAX_DELAY = 2 ** 31 - 1;

/** Puts a connection under a new access token before its own expires, so that it is not closed. */
export class Reauthentication {
  readonly #ports: ReauthenticationPorts;
  #token: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;

  /** @param token What the connection was opened with. */
  constructor(ports: ReauthenticationPorts, { value, expiresAt }: AccessToken) {
    this.#ports = ports;
    this.#token = value;
    // The hub tells when a token expires that it is given, even if it has it already.
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
      return this.#later();
    }
    await this.#present();
  }

  async #present(): Promise<void> {
    try {
      this.#schedule(await this.#ports.present(this.#token));
    } catch {
      this.#later();
    }
  }

  /** The hub closes the connection if nothing helps in time; opening the next one gets a token. */
  #later(): void {
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.#renew(), REAUTHENTICATE_RETRY);
  }
}

/** Milliseconds, bytes. */
const ACK_EVERY = 5_000;
const ACK_AFTER_BYTES = 65_536;

/**
 * Tells the hub how far events were received, so that it can judge a slow client: after 64 KiB of
 * events, and 5 s after one at the latest.
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
