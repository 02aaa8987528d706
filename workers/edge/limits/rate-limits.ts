import type { Millis } from '../../../shared/clock.ts';
import { RateLimit } from '../../../shared/rate-limits/rate-limit.ts';
import type { Usage } from '../../../shared/rate-limits/sliding-window.ts';

/** Requests a minute, of each key. */
export type RateLimitSettings = Readonly<Record<LimitName, number>> & {
  /** 0: everybody together is not limited. */
  readonly global: number;
};

/** What counts the requests of one address. */
export type AddressLimit = 'ip' | 'oauth' | 'pages' | 'documents' | 'connect';

export type LimitName = AddressLimit | 'user' | 'client' | 'token';

/** What is said to whoever is refused. */
const DETAILS = {
  ip: 'Too many requests without a valid access token came from this address in a minute',
  oauth: 'Too many requests of no authenticated client came from this address in a minute',
  pages: 'Too many pages were asked for from this address in a minute',
  documents: 'Too many documents were asked for from this address in a minute',
  connect: 'Too many requests to the hub came from this address in a minute',
  user: 'Too many requests were made in the name of this user in a minute',
  client: 'Too many requests came with tokens of this client in a minute',
  token: 'This access token was asked about too often in a minute',
} as const satisfies Record<LimitName, string>;

/**
 * What is asked so often, and costs so little, that it is not counted in the total: documents, which
 * caches keep, and the hub, whose clients all come back at once after a restart.
 */
const NOT_IN_TOTAL: ReadonlySet<AddressLimit> = new Set(['documents', 'connect']);

const EVERYBODY = '';

/** The limits of this isolate. */
export class RateLimits {
  readonly #limits: Readonly<Record<LimitName, RateLimit>>;
  readonly #total: RateLimit | undefined;

  constructor({ global, ...settings }: RateLimitSettings) {
    const limit = (name: LimitName) =>
      new RateLimit({ name, limit: settings[name], detail: DETAILS[name] });
    this.#limits = {
      ip: limit('ip'),
      oauth: limit('oauth'),
      pages: limit('pages'),
      documents: limit('documents'),
      connect: limit('connect'),
      user: limit('user'),
      client: limit('client'),
      token: limit('token'),
    };
    const detail = 'Too many requests came from everybody together in a minute';
    this.#total =
      global === 0 ? undefined : new RateLimit({ name: 'global', limit: global, detail });
  }

  /**
   * Counts a request against its address, and the total if there is one.
   *
   * @returns What its address has used, to be taken back where a client or a user is counted instead.
   * @throws {Problem} `RATE_LIMITED`
   */
  admitAddress(name: AddressLimit, network: string, now: Millis): Usage {
    const limit = this.#limits[name];
    // An address that is refused must not use up the total, nor the other way round.
    limit.requireRoom(network, now);
    if (!NOT_IN_TOTAL.has(name)) this.#total?.take(EVERYBODY, now);
    return limit.take(network, now);
  }

  of(name: 'user' | 'client' | 'token'): RateLimit {
    return this.#limits[name];
  }
}
