/** Milliseconds. */
const EVERY = 25_000;
const PATIENCE = 10_000;
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
    const due = this.#ports.now() + PATIENCE;
    this.#timer = setTimeout(() => this.#judge(due), PATIENCE);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #rest(): void {
    this.#timer = setTimeout(() => this.probe(), EVERY);
  }

  #judge(due: number): void {
    if (this.#hasHeard) this.#rest();
    // The answer may lie in a queue that this process had no time to read.
    else if (this.#ports.now() - due > HELD_BACK) this.probe();
    else this.#ports.dead();
  }
}
