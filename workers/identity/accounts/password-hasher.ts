import { ageOf, type Clock, type Millis, seconds } from '../../../shared/clock.ts';
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
 * Hashes passwords so that a burst of sign-ins does not block the isolate: two hash, 32 wait,
 * and the rest are refused.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` from every method, if too many are waiting.
 */
export class PasswordHasher {
  readonly #needs: PasswordHasherNeeds;
  readonly #turns = new HashingTurns(LIMITS);

  constructor(needs: PasswordHasherNeeds) {
    this.#needs = needs;
  }

  hash(password: string): Promise<string> {
    return this.#inTurn((hashing) => hashing.hash(password));
  }

  /**
   * @param phc - `undefined` for an unknown account: the work is the same, and
   *   `isRight` is `false`.
   */
  verify(phc: string | undefined, password: string): Promise<Verdict> {
    return this.#inTurn((hashing) => {
      const matches = hashing.verify(phc ?? hashing.decoy, password);
      const isRight = matches && phc !== undefined;
      return { isRight, isOutdated: isRight && hashing.isOutdated(phc) };
    });
  }

  async #inTurn<T>(work: (hashing: PasswordHashing) => T): Promise<T> {
    const { hashing, clock, pause } = this.#needs;
    const turn = this.#turns.enter(clock());
    if (turn === undefined) throw overloaded();
    try {
      // oxlint-disable-next-line no-await-in-loop -- each time asks again
      while (!this.#turns.hasCome(turn, clock())) await this.#wait(turn.enteredAt);
      // Hashing blocks the isolate, so requests that have arrived are let in to be counted first.
      await pause(0);
      return work(hashing());
    } finally {
      this.#turns.leave(turn);
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

type TurnLimits = {
  readonly active: number;
  readonly waiting: number;
  /** A request that has not asked for this long loses its place. */
  readonly silence: Millis;
};

type Turn = { readonly enteredAt: Millis };

/**
 * Lets a few hash at a time and a few more wait. The caller tells the time and does the waiting.
 *
 * A request whose client goes away can end at any `await` without running its `finally`, so it may never
 * leave. Therefore a request that does not ask for too long loses its place.
 */
class HashingTurns {
  readonly #limits: TurnLimits;
  readonly #active = new Map<Turn, Millis>();
  readonly #waiting = new Map<Turn, Millis>();

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /** Begins to wait for a turn. `undefined`: too many wait. */
  enter(now: Millis): Turn | undefined {
    this.#dropSilent(now);
    const isFull =
      this.#waiting.size >= this.#limits.waiting && this.#active.size >= this.#limits.active;
    if (isFull) return undefined;
    const turn = { enteredAt: now };
    this.#waiting.set(turn, now);
    return turn;
  }

  /** Whether this turn has come, which then lasts until it is left. Ask again if it has not. */
  hasCome(turn: Turn, now: Millis): boolean {
    this.#dropSilent(now);
    if (this.#active.size >= this.#limits.active) {
      this.#waiting.set(turn, now);
      return false;
    }
    this.#waiting.delete(turn);
    this.#active.set(turn, now);
    return true;
  }

  leave(turn: Turn): void {
    this.#waiting.delete(turn);
    this.#active.delete(turn);
  }

  #dropSilent(now: Millis): void {
    for (const places of [this.#active, this.#waiting]) {
      for (const [turn, lastSeenAt] of places) {
        if (ageOf(lastSeenAt, now) > this.#limits.silence) places.delete(turn);
      }
    }
  }
}
