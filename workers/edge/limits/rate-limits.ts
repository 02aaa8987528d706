import { type Millis, minutes } from '../../../shared/clock.ts';
import { fnv1a } from '../../../shared/fnv1a.ts';
import { Problem } from '../../../shared/http/problem.ts';

/** The limits, in requests a minute. */
export type RateLimitSettings = {
  readonly global: number;
  readonly user: number;
  readonly ip: number;
  readonly auth: number;
  readonly oauth: number;
  readonly connect: number;
};

/** Why a request is refused. */
export type LimitReached = {
  readonly limit: number;
  /** Whole seconds, at least one. */
  readonly retryAfter: number;
};

const EVERYBODY = '';

/**
 * Limits the requests that one isolate admits. This dampens abuse, and is not a security boundary
 * (ADR 0005).
 */
export class RateLimits {
  readonly #global: SlidingWindow;
  readonly #user: SlidingWindow;
  readonly #ip: SlidingWindow;
  readonly #auth: SlidingWindow;
  readonly #oauth: SlidingWindow;
  readonly #connect: SlidingWindow;

  constructor({ global, user, ip, auth, oauth, connect }: RateLimitSettings) {
    this.#global = new SlidingWindow(global, minutes(1));
    this.#user = new SlidingWindow(user, minutes(1));
    this.#ip = new SlidingWindow(ip, minutes(1));
    this.#auth = new SlidingWindow(auth, minutes(1));
    this.#oauth = new SlidingWindow(oauth, minutes(1));
    this.#connect = new SlidingWindow(connect, minutes(1));
  }

  /** Counts a request against its address and the total. */
  admitAddress(address: string, now: Millis): LimitReached | undefined {
    return this.#admitWithin(this.#ip, address, now);
  }

  /** Counts a request to an OAuth endpoint or a page against its address and the total. */
  admitOAuth(address: string, now: Millis): LimitReached | undefined {
    return this.#admitWithin(this.#oauth, address, now);
  }

  /**
   * Counts a request to the hub against its address, and not against the total: after a restart all
   * clients come back at once, many of them from behind one address.
   */
  admitConnect(address: string, now: Millis): LimitReached | undefined {
    return admit(this.#connect, address, now);
  }

  /** Counts a request that may be a guess at a credential. */
  admitSignIn(address: string, now: Millis): LimitReached | undefined {
    return admit(this.#auth, address, now);
  }

  admitUser(subject: string, now: Millis): LimitReached | undefined {
    return admit(this.#user, subject, now);
  }

  #admitWithin(window: SlidingWindow, address: string, now: Millis): LimitReached | undefined {
    const total = this.#global.usage(EVERYBODY, now);
    const used = window.usage(address, now);
    return refusal(window, used, now) ?? refusal(this.#global, total, now) ?? count(used, total);
  }
}

function admit(window: SlidingWindow, key: string, now: Millis): LimitReached | undefined {
  const used = window.usage(key, now);
  return refusal(window, used, now) ?? count(used);
}

function refusal(window: SlidingWindow, used: Usage, now: Millis): LimitReached | undefined {
  const wait = window.retryAfter(used, now);
  if (wait <= 0) return undefined;
  return { limit: window.limit, retryAfter: Math.max(1, Math.ceil(wait / 1_000)) };
}

/** Only admitted requests count, so repeating a refused one does not prolong the refusal. */
function count(...usages: readonly Usage[]): undefined {
  for (const usage of usages) usage.current += 1;
}

/** The 429, with the fields of draft-ietf-httpapi-ratelimit-headers. */
export function rateLimited({ limit, retryAfter }: LimitReached): Problem {
  return new Problem('RATE_LIMITED', {
    retryAfter,
    headers: {
      'ratelimit-limit': String(limit),
      'ratelimit-remaining': '0',
      'ratelimit-reset': String(retryAfter),
    },
  });
}

/** The requests of one key. */
export type Usage = { current: number; readonly previous: number };

/** Keys beyond this many share {@link SHARED_COUNTERS} counters, so that memory stays bounded. */
const LARGEST_WINDOW = 20_000;
const SHARED_COUNTERS = 1_024;

/**
 * Counts per key in a sliding window, approximated from two fixed ones: the share of the previous
 * window that the sliding one still covers, plus the current window.
 *
 * The count is exact for a client that sends evenly. One that sends everything at the end of a
 * window may get up to half as much again within one length. No function here waits, so no other
 * request is counted between `retryAfter` and `count()`.
 */
export class SlidingWindow {
  /** Requests per window. */
  readonly limit: number;
  readonly #length: Millis;
  readonly #capacity: number;
  #slot = -1;
  #current = new Map<string, Usage>();
  #previous = new Map<string, Usage>();

  constructor(limit: number, length: Millis, capacity = LARGEST_WINDOW) {
    this.limit = limit;
    this.#length = length;
    this.#capacity = capacity;
  }

  /** The usage of `key` in the window of `now`. */
  usage(key: string, now: Millis): Usage {
    this.#turn(Math.floor(now / this.#length));
    const counted = this.#current.get(key);
    if (counted !== undefined) return counted;
    const name = this.#current.size >= this.#capacity ? `#${fnv1a(key) % SHARED_COUNTERS}` : key;
    const used = this.#current.get(name);
    if (used !== undefined) return used;
    const usage = { current: 0, previous: this.#previous.get(name)?.current ?? 0 };
    this.#current.set(name, usage);
    return usage;
  }

  /** How long until one more request is admitted. 0 if it is admitted now. */
  retryAfter({ current, previous }: Usage, now: Millis): Millis {
    const elapsed = (now % this.#length) / this.#length;
    if (previous * (1 - elapsed) + current + 1 <= this.limit) return 0;
    const room = this.limit - 1 - current;
    // It is admitted in this window once enough of the previous one has slid out, else in the next.
    const at = room >= 0 ? 1 - room / previous : 2 - Math.max(0, this.limit - 1) / current;
    return (at - elapsed) * this.#length;
  }

  /** How many keys are counted. */
  get size(): number {
    return this.#current.size + this.#previous.size;
  }

  #turn(slot: number): void {
    if (slot === this.#slot) return;
    this.#previous = slot === this.#slot + 1 ? this.#current : new Map();
    this.#current = new Map();
    this.#slot = slot;
  }
}
