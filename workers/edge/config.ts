import { type Millis, seconds } from '../../shared/clock.ts';
import { COMMON_SETTINGS } from '../../shared/common-settings.ts';
import {
  contradiction,
  oneOf,
  readSettings,
  type SettingProblem,
  setting,
  type Values,
  wholeNumber,
} from '../../shared/configuration.ts';
import type { JwsAlgorithm } from '../../shared/tokens/algorithms.ts';
import type { RateLimitSettings } from './limits/rate-limits.ts';

const { ISSUER, AUDIENCE, SIGNING_ALGORITHMS, CORS_ORIGINS, DPOP_NONCE } = COMMON_SETTINGS;

const requestsPerMinute = wholeNumber(1, 1_000_000_000);

export const SETTINGS = {
  ISSUER,
  AUDIENCE,
  SIGNING_ALGORITHMS,
  CORS_ORIGINS,
  RATE_LIMIT_SCALE: setting('a number above 0, at most 1000000', (text) => {
    const scale = /^\d*\.?\d+$/.test(text) ? Number(text) : 0;
    return scale > 0 && scale <= 1_000_000 ? scale : undefined;
  }),
  RATE_LIMIT_GLOBAL: requestsPerMinute,
  RATE_LIMIT_USER: requestsPerMinute,
  RATE_LIMIT_IP: requestsPerMinute,
  RATE_LIMIT_AUTH: requestsPerMinute,
  RATE_LIMIT_OAUTH: requestsPerMinute,
  RATE_LIMIT_CONNECT: requestsPerMinute,
  DPOP_NONCE,
  QUERY_TOKEN: oneOf('refuse', 'allow'),
  REVOCATION_MAX_AGE_SECONDS: wholeNumber(1, 60),
  REVOCATION_UNREACHABLE_SECONDS: wholeNumber(1, 86_400),
};

/** The settings, as texts of `wrangler.toml`. */
export type Settings = Readonly<Record<keyof typeof SETTINGS, string>>;

export type Config = {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: ReadonlySet<JwsAlgorithm>;
  readonly corsOrigins: ReadonlySet<string>;
  /** Whether a DPoP proof must contain a nonce that `identity` gave out (RFC 9449 §9). */
  readonly dpopNonceRequired: boolean;
  /** Whether `/connect` takes an access token from the URL. */
  readonly queryTokenAllowed: boolean;
  readonly rateLimits: RateLimitSettings;
  readonly revocation: { readonly maxAge: Millis; readonly unreachableAge: Millis };
};

/**
 * Reads the settings.
 *
 * @throws {ConfigurationError} If one is missing or out of range.
 */
export function parseConfig(settings: object): Config {
  const all = readSettings(SETTINGS, settings, contradictions);
  return {
    issuer: all.ISSUER,
    audience: all.AUDIENCE || all.ISSUER,
    algorithms: all.SIGNING_ALGORITHMS,
    corsOrigins: new Set(all.CORS_ORIGINS),
    dpopNonceRequired: all.DPOP_NONCE === 'required',
    queryTokenAllowed: all.QUERY_TOKEN === 'allow',
    rateLimits: rateLimits(all),
    revocation: {
      maxAge: seconds(all.REVOCATION_MAX_AGE_SECONDS),
      unreachableAge: seconds(all.REVOCATION_UNREACHABLE_SECONDS),
    },
  };
}

function contradictions(all: Partial<Values<typeof SETTINGS>>): readonly SettingProblem[] {
  const { REVOCATION_MAX_AGE_SECONDS: maxAge = 0, REVOCATION_UNREACHABLE_SECONDS: age = maxAge } =
    all;
  return age >= maxAge
    ? []
    : [contradiction('REVOCATION_UNREACHABLE_SECONDS', 'REVOCATION_MAX_AGE_SECONDS or more')];
}

function rateLimits(all: Values<typeof SETTINGS>): RateLimitSettings {
  const scaled = (limit: number) => Math.max(1, Math.round(limit * all.RATE_LIMIT_SCALE));
  return {
    global: scaled(all.RATE_LIMIT_GLOBAL),
    user: scaled(all.RATE_LIMIT_USER),
    ip: scaled(all.RATE_LIMIT_IP),
    auth: scaled(all.RATE_LIMIT_AUTH),
    oauth: scaled(all.RATE_LIMIT_OAUTH),
    connect: scaled(all.RATE_LIMIT_CONNECT),
  };
}
