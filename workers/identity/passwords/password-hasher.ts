import { type Clock, type Millis, seconds } from '../../../shared/clock.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { AdmissionQueue } from './admission-queue.ts';
import type { PasswordHashing } from './argon2.ts';

export type PasswordHasherDeps = {
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
const PATIENCE = seconds(10);
const RETRY_AFTER = 2;
const TURN: Millis = 5;

/**
 * Hashes passwords without letting a burst of sign-ins take the isolate: two are admitted, 32 wait,
 * the rest are told to come back.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` from every method, if too many are waiting.
 */
export class PasswordHasher {
  readonly #deps: PasswordHasherDeps;
  readonly #queue = new AdmissionQueue(LIMITS);

  constructor(deps: PasswordHasherDeps) {
    this.#deps = deps;
  }

  hash(password: string): Promise<string> {
    return this.#admitted((hashing) => hashing.hash(password));
  }

  /** @param phc `undefined` for an unknown account: the work is the same, the verdict `false`. */
  verify(phc: string | undefined, password: string): Promise<Verdict> {
    return this.#admitted((hashing) => {
      const matches = hashing.verify(phc ?? hashing.decoy, password);
      const isRight = matches && phc !== undefined;
      return { isRight, isOutdated: isRight && hashing.isOutdated(phc) };
    });
  }

  async #admitted<T>(work: (hashing: PasswordHashing) => T): Promise<T> {
    const { hashing, clock, pause } = this.#deps;
    const ticket = this.#queue.enter(clock());
    if (ticket === undefined) throw overloaded();
    try {
      // oxlint-disable-next-line no-await-in-loop -- each turn asks again
      while (!this.#queue.isAdmitted(ticket, clock())) await this.#wait(ticket.enteredAt);
      // Hashing blocks: requests that have arrived meanwhile must be seen, and counted, before it.
      await pause(0);
      return work(hashing());
    } finally {
      this.#queue.leave(ticket);
    }
  }

  async #wait(since: Millis): Promise<void> {
    if (this.#deps.clock() - since > PATIENCE) throw overloaded();
    await this.#deps.pause(TURN);
  }
}

const overloaded = (): Problem =>
  new Problem('SERVICE_UNAVAILABLE', {
    detail: 'Too many sign-ins at once',
    retryAfter: RETRY_AFTER,
  });
