import { type Millis, minutes } from '../clock.ts';
import { Problem } from '../http/problem.ts';
import { SlidingWindow, type Usage } from './sliding-window.ts';

export type RateLimitPolicy = {
  /** The name that `RateLimit-Policy` and `docs/configuration.md` give it. */
  readonly name: string;
  /** How many a minute. */
  readonly limit: number;
  /** What was too much, as a sentence for whoever is refused. */
  readonly detail: string;
};

/** How many one isolate admits of each key. That damps abuse, and is no security boundary (ADR 0005). */
export class RateLimit {
  readonly #policy: RateLimitPolicy;
  readonly #window: SlidingWindow;

  constructor(policy: RateLimitPolicy) {
    this.#policy = policy;
    this.#window = new SlidingWindow(policy.limit, minutes(1));
  }

  /**
   * Counts one. Only what is admitted counts: repeating what was refused does not prolong the refusal.
   *
   * @returns What the key has used, for {@link takeBack}.
   * @throws {Problem} `RATE_LIMITED`
   */
  take(key: string, now: Millis): Usage {
    const usage = this.#window.usage(key, now);
    this.#require(usage, now);
    usage.current += 1;
    return usage;
  }

  /** Counts one if it is admitted, and says whether it is. */
  tryTake(key: string, now: Millis): boolean {
    const usage = this.#window.usage(key, now);
    if (this.#window.retryAfter(usage, now) > 0) return false;
    usage.current += 1;
    return true;
  }

  /**
   * Counts nothing: for what is counted only if something else admits it, too.
   *
   * @throws {Problem} `RATE_LIMITED` if one more would be refused.
   */
  requireRoom(key: string, now: Millis): void {
    this.#require(this.#window.usage(key, now), now);
  }

  #require(usage: Usage, now: Millis): void {
    const wait = this.#window.retryAfter(usage, now);
    if (wait > 0) throw rateLimited(this.#policy, Math.max(1, Math.ceil(wait / 1_000)));
  }
}

/** Takes back what {@link RateLimit.take} counted, because it turned out not to be what is limited. */
export function takeBack(usage: Usage): void {
  usage.current -= 1;
}

/** 429 with the fields of draft-ietf-httpapi-ratelimit-headers-10. `seconds` is a whole number. */
function rateLimited({ name, limit, detail }: RateLimitPolicy, seconds: number): Problem {
  return new Problem('RATE_LIMITED', {
    detail,
    retryAfter: seconds,
    headers: {
      'ratelimit-policy': `"${name}";q=${limit};w=60`,
      ratelimit: `"${name}";r=0;t=${seconds}`,
    },
  });
}
