import { CLIENT_IP_HEADER } from '../../../shared/contracts/edge/principal.ts';
import { networkOf } from '../../../shared/rate-limits/network-of.ts';
import { RateLimit } from '../../../shared/rate-limits/rate-limit.ts';

/** How many a minute, of each key. */
export type RateLimitSettings = Readonly<Record<keyof RateLimits, number>>;

/** What this Worker limits, because it alone knows who a client is and which guess was wrong. */
export type RateLimits = {
  /** Requests of a client that authenticated, by client. */
  readonly client: RateLimit;
  /** New accounts, by address. */
  readonly signUp: RateLimit;
  /** Wrong passwords, by address: a right one is refused, too. One account is locked by its guard. */
  readonly signInFailures: RateLimit;
  /** Failed authentications of a client, by address and client. */
  readonly clientFailures: RateLimit;
  /** Wrong codes, by address, and by client where one sends them. */
  readonly codeFailures: RateLimit;
};

export const rateLimits = (limits: RateLimitSettings): RateLimits => ({
  client: new RateLimit({
    name: 'client',
    limit: limits.client,
    detail: 'This client sent too many requests in a minute',
  }),
  signUp: new RateLimit({
    name: 'sign-up',
    limit: limits.signUp,
    detail: 'Too many accounts were created from this address in a minute',
  }),
  signInFailures: new RateLimit({
    name: 'sign-in-failures',
    limit: limits.signInFailures,
    detail: 'Too many wrong passwords came from this address in a minute',
  }),
  clientFailures: new RateLimit({
    name: 'client-failures',
    limit: limits.clientFailures,
    detail: 'This client failed to authenticate from this address too often in a minute',
  }),
  codeFailures: new RateLimit({
    name: 'code-failures',
    limit: limits.codeFailures,
    detail: 'Too many wrong codes came from this address in a minute',
  }),
});

/** The address that a request is counted for. */
export const networkIn = (headers: Headers): string =>
  networkOf(headers.get(CLIENT_IP_HEADER) ?? '');
