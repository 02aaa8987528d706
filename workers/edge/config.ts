import { type Millis, seconds } from '../../shared/clock.ts';
import {
  COMMON_SETTINGS,
  RATE_LIMIT,
  RATE_LIMIT_SCALE,
  scaledLimit,
} from '../../shared/common-settings.ts';
import {
  contradiction,
  oneOf,
  readSettings,
  type SettingProblem,
  type Values,
  wholeNumber,
} from '../../shared/configuration.ts';
import type { JwsAlgorithm } from '../../shared/tokens/algorithms.ts';
import type { RateLimitSettings } from './limits/rate-limits.ts';

const { ISSUER, AUDIENCE, SIGNING_ALGORITHMS, CORS_ORIGINS, DPOP_NONCE } = COMMON_SETTINGS;

export const SETTINGS = {
  ISSUER,
  AUDIENCE,
  SIGNING_ALGORITHMS,
  CORS_ORIGINS,
  RATE_LIMIT_SCALE,
  /** 0: no limit for everybody together. */
  RATE_LIMIT_GLOBAL: wholeNumber(0, 1_000_000_000),
  RATE_LIMIT_IP: RATE_LIMIT,
  RATE_LIMIT_OAUTH: RATE_LIMIT,
  RATE_LIMIT_PAGES: RATE_LIMIT,
  RATE_LIMIT_DOCUMENTS: RATE_LIMIT,
  RATE_LIMIT_CONNECT: RATE_LIMIT,
  RATE_LIMIT_USER: RATE_LIMIT,
  RATE_LIMIT_CLIENT: RATE_LIMIT,
  RATE_LIMIT_TOKEN: RATE_LIMIT,
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
  const scaled = (limit: number) => scaledLimit(limit, all.RATE_LIMIT_SCALE);
  return {
    global: all.RATE_LIMIT_GLOBAL === 0 ? 0 : scaled(all.RATE_LIMIT_GLOBAL),
    ip: scaled(all.RATE_LIMIT_IP),
    oauth: scaled(all.RATE_LIMIT_OAUTH),
    pages: scaled(all.RATE_LIMIT_PAGES),
    documents: scaled(all.RATE_LIMIT_DOCUMENTS),
    connect: scaled(all.RATE_LIMIT_CONNECT),
    user: scaled(all.RATE_LIMIT_USER),
    client: scaled(all.RATE_LIMIT_CLIENT),
    token: scaled(all.RATE_LIMIT_TOKEN),
  };
}
