import { type Clock, type Millis, seconds } from '../../../shared/clock.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { PasswordHashing } from './argon2.ts';

export type PasswordHasherNeeds = {
  readonly hashing: () => PasswordHashing;
  readonly clock: Clock;
  /** Lets other events run for at least this long. */
  readonly pause: (duration: Millis) => Promise<void>;
};

export type Verdict = {
  readonly isRight: boolean;
  /** The password is right, and its hash should be made anew with the present parameters. */
  readonly isOutdated: boolean;
};

const LIMITS = { active: 2, waiting: 32, silence: seconds(5) };
/** How long a request waits for its turn. */
const LONGEST_WAIT = seconds(10);
/** Seconds. */
const RETRY_AFTER = 2;
/** How often a waiting request asks whether it is its turn. */
const POLL: Millis = 5;

/**
 * Hashes passwords so that a burst of sign-ins does not block the isolate: two are admitted, 32 wait,
 * and the rest are refused.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` from every method, if too many are waiting.
 */
export class PasswordHasher {
  readonly #needs: PasswordHasherNeeds;
  readonly #queue = new AdmissionQueue(LIMITS);

  constructor(needs: PasswordHasherNeeds) {
    this.#needs = needs;
  }

  hash(password: string): Promise<string> {
    return this.#admitted((hashing) => hashing.hash(password));
  }

  /**
   * @param phc - `undefined` for an unknown account: the work is the same, and
   *   `isRight` is `false`.
   */
  verify(phc: string | undefined, password: string): Promise<Verdict> {
    return this.#admitted((hashing) => {
      const matches = hashing.verify(phc ?? hashing.decoy, password);
      const isRight = matches && phc !== undefined;
      return { isRight, isOutdated: isRight && hashing.isOutdated(phc) };
    });
  }

  async #admitted<T>(work: (hashing: PasswordHashing) => T): Promise<T> {
    const { hashing, clock, pause } = this.#needs;
    const ticket = this.#queue.enter(clock());
    if (ticket === undefined) throw overloaded();
    try {
      // oxlint-disable-next-line no-await-in-loop -- each time asks again
      while (!this.#queue.isAdmitted(ticket, clock())) await this.#wait(ticket.enteredAt);
      // Hashing blocks the isolate, so requests that have arrived are let in to be counted first.
      await pause(0);
      return work(hashing());
    } finally {
      this.#queue.leave(ticket);
    }
  }

  async #wait(since: Millis): Promise<void> {
    if (this.#needs.clock() - since > LONGEST_WAIT) throw overloaded();
    await this.#needs.pause(POLL);
  }
}

const overloaded = (): Problem =>
  new Problem('SERVICE_UNAVAILABLE', {
    detail: 'Too many sign-ins at once',
    retryAfter: RETRY_AFTER,
  });

type AdmissionLimits = {
  readonly active: number;
  readonly waiting: number;
  /** After how long a holder of a place that was not heard of loses it. */
  readonly silence: Millis;
};

type Ticket = { readonly enteredAt: Millis };

/**
 * Admits a few at a time and lets a few more wait. The caller tells the time and does the waiting.
 *
 * A holder of a place that is silent for too long loses it. When its client goes away, a request can
 * end at any `await` without running its `finally`, so a place that must be given back would be lost.
 */
class AdmissionQueue {
  readonly #limits: AdmissionLimits;
  readonly #active = new Map<Ticket, Millis>();
  readonly #waiting = new Map<Ticket, Millis>();

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** Joins the queue. `undefined`: it is full. */
  enter(now: Millis): Ticket | undefined {
    this.#dropSilent(now);
    const isFull =
      this.#waiting.size >= this.#limits.waiting && this.#active.size >= this.#limits.active;
    if (isFull) return undefined;
    const ticket = { enteredAt: now };
    this.#waiting.set(ticket, now);
    return ticket;
  }

  /** Whether it is this ticket's turn, which then lasts until it leaves. Ask again if it is not. */
  isAdmitted(ticket: Ticket, now: Millis): boolean {
    this.#dropSilent(now);
    if (this.#active.size >= this.#limits.active) {
      this.#waiting.set(ticket, now);
      return false;
    }
    this.#waiting.delete(ticket);
    this.#active.set(ticket, now);
    return true;
  }

  leave(ticket: Ticket): void {
    this.#waiting.delete(ticket);
    this.#active.delete(ticket);
  }

  #dropSilent(now: Millis): void {
    for (const places of [this.#active, this.#waiting]) {
      for (const [ticket, lastSeenAt] of places) {
        if (now - lastSeenAt > this.#limits.silence) places.delete(ticket);
      }
    }
  }
}
