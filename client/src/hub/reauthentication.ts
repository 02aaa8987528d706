import type { AccessToken, TokenSource } from './token-source.ts';

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
const EARLY = 60_000;
const AGAIN = 10_000;
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
    const delay = Math.max(AGAIN, left - Math.min(EARLY, left / 3));
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
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.#renew(), AGAIN);
  }
}
