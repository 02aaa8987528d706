import { type Millis, minutes } from '../../../shared/clock.ts';
import { SlidingWindow, type Usage } from './sliding-window.ts';

/** Requests a minute. */
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

/** What one isolate lets through. It damps abuse; it is not a security boundary (ADR 0005). */
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

  /** Counts a request to an OAuth endpoint or a page, likewise. */
  admitOAuth(address: string, now: Millis): LimitReached | undefined {
    return this.#admitWithin(this.#oauth, address, now);
  }

  /**
   * Counts a request to the hub. Not against the total: after a restart, everybody comes back at once,
   * and many of them from behind one address.
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

/** Only what is admitted counts: a client that keeps knocking is not locked out for longer. */
function count(...usages: readonly Usage[]): undefined {
  for (const usage of usages) usage.current += 1;
}
