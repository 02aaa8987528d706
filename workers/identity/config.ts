import type { Bytes } from '../../shared/bytes.ts';
import {
  COMMON_SETTINGS,
  KEY_32,
  RATE_LIMIT,
  RATE_LIMIT_SCALE,
  scaledLimit,
} from '../../shared/common-settings.ts';
import {
  contradiction,
  matching,
  oneOf,
  optional,
  readSettings,
  type SettingProblem,
  setting,
  type Values,
  wholeNumber,
} from '../../shared/configuration.ts';
import type { SessionLimits } from '../../shared/contracts/identity/user-sessions.ts';
import type { ClientId } from '../../shared/ids.ts';
import type { SealingSecrets } from '../../shared/tokens/sealing-keys.ts';
import type { DatabaseSettings } from './platform/database.ts';
import type { RateLimitSettings } from './platform/rate-limits.ts';
import {
  SOCIAL_SETTINGS,
  type SocialConfig,
  socialConfig,
  socialProblems,
} from './social/config.ts';
import { BRAND_SETTINGS, type Brand, toBrand } from './web/kit/brand.ts';

/**
 * Reads the settings from the environment.
 *
 * @throws {ConfigurationError} If one is missing or out of range.
 */
export function parseConfig(env: object): Config {
  const all = readSettings(SETTINGS, env, contradictions);
  return {
    issuer: all.ISSUER,
    audience: all.AUDIENCE || all.ISSUER,
    clientId: all.FIRST_PARTY_CLIENT_ID,
    returnOrigins: new Set(all.CORS_ORIGINS),
    connectUrl: `${all.ISSUER.replace(/^http/, 'ws')}/connect`,
    limits: {
      accessSeconds: all.ACCESS_TOKEN_SECONDS,
      refreshSeconds: all.REFRESH_TOKEN_SECONDS,
      idleSeconds: all.SESSION_IDLE_SECONDS,
      absoluteSeconds: all.SESSION_ABSOLUTE_SECONDS,
    },
    database: { databaseUrl: all.DATABASE_URL, databaseProxy: all.DATABASE_PROXY ?? '' },
    sealing: { current: all.REFRESH_SEALING_KEY, previous: all.REFRESH_SEALING_KEY_PREVIOUS },
    rateLimits: rateLimits(all),
    oauth: oauthConfig(all),
    social: socialConfig(all),
    brand: toBrand(all),
  };
}

/** Settings in the terms of the code. Bindings stay in the environment. */
export type Config = {
  readonly issuer: string;
  /** The `aud` of access tokens. */
  readonly audience: string;
  readonly clientId: ClientId;
  readonly connectUrl: string;
  /** Where the queue's page may send a browser on to, beside our own. */
  readonly returnOrigins: ReadonlySet<string>;
  readonly limits: SessionLimits;
  readonly database: DatabaseSettings;
  readonly sealing: SealingSecrets;
  readonly rateLimits: RateLimitSettings;
  readonly oauth: OAuthConfig;
  readonly social: SocialConfig;
  readonly brand: Brand;
};

export type OAuthConfig = {
  readonly codeSeconds: number;
  readonly idTokenSeconds: number;
  /** Who may register a client (RFC 7591 §3). */
  readonly registration: 'off' | 'initial_access_token' | 'open';
  /** Which resource indicators a token may be for (RFC 8707). */
  readonly resources: 'registered' | 'any';
  /** Whether a DPoP proof must carry a nonce of ours (RFC 9449 §8). */
  readonly dpopNonce: 'required' | 'optional';
  /** Whether every authorization request must be pushed (RFC 9126 §5). */
  readonly pushedRequests: 'required' | 'optional';
  /** Whether URLs that clients name may lead to this machine: in development only. */
  readonly allowLoopback: boolean;
  /** 32 bytes. */
  readonly pairwiseKey: Bytes;
};

function contradictions(all: Partial<Values<typeof SETTINGS>>): readonly SettingProblem[] {
  const { SESSION_ABSOLUTE_SECONDS: absolute = Infinity, SESSION_IDLE_SECONDS: idle = 0 } = all;
  const lacksToken = all.UPSTASH_REDIS_REST_URL !== undefined && !all.UPSTASH_REDIS_REST_TOKEN;
  return [
    ...(idle > absolute
      ? [contradiction('SESSION_IDLE_SECONDS', 'at most SESSION_ABSOLUTE_SECONDS')]
      : []),
    ...(lacksToken
      ? [contradiction('UPSTASH_REDIS_REST_TOKEN', 'set where UPSTASH_REDIS_REST_URL is')]
      : []),
    ...socialProblems(all),
  ];
}

function rateLimits(all: Values<typeof SETTINGS>): RateLimitSettings {
  const scaled = (limit: number) => scaledLimit(limit, all.RATE_LIMIT_SCALE);
  return {
    client: scaled(all.RATE_LIMIT_CLIENT),
    signUp: scaled(all.RATE_LIMIT_SIGN_UP),
    signInFailures: scaled(all.RATE_LIMIT_SIGN_IN_FAILURES),
    clientFailures: scaled(all.RATE_LIMIT_CLIENT_FAILURES),
    codeFailures: scaled(all.RATE_LIMIT_CODE_FAILURES),
  };
}

function oauthConfig(all: Values<typeof SETTINGS>): OAuthConfig {
  return {
    codeSeconds: all.AUTHORIZATION_CODE_SECONDS,
    idTokenSeconds: all.ID_TOKEN_SECONDS,
    registration: all.REGISTRATION_MODE,
    resources: all.RESOURCE_MODE,
    dpopNonce: all.DPOP_NONCE,
    pushedRequests: all.PUSHED_REQUESTS,
    allowLoopback: all.OUTBOUND_LOOPBACK === 'on',
    pairwiseKey: all.PAIRWISE_SUBJECT_KEY,
  };
}

const { ISSUER, AUDIENCE, FIRST_PARTY_CLIENT_ID, DPOP_NONCE, OUTBOUND_LOOPBACK, CORS_ORIGINS } =
  COMMON_SETTINGS;

/** A key whose text is what is derived from. */
const keyText = setting(KEY_32.allowed, (text) => (KEY_32.read(text).ok ? text : undefined));

export const DATABASE_URL = setting(
  'a PostgreSQL URL: postgres://user:password@host/database',
  (text) => (/^postgres(?:ql)?:\/\/\S+$/.test(text) && URL.canParse(text) ? text : undefined),
);

export const SETTINGS = {
  ISSUER,
  AUDIENCE,
  FIRST_PARTY_CLIENT_ID,
  ACCESS_TOKEN_SECONDS: wholeNumber(60, 3_600),
  REFRESH_TOKEN_SECONDS: wholeNumber(3_600, 2_592_000),
  SESSION_IDLE_SECONDS: wholeNumber(60, 2_592_000),
  SESSION_ABSOLUTE_SECONDS: wholeNumber(300, 31_536_000),
  AUTHORIZATION_CODE_SECONDS: wholeNumber(1, 600),
  ID_TOKEN_SECONDS: wholeNumber(60, 86_400),
  REGISTRATION_MODE: oneOf('off', 'initial_access_token', 'open'),
  RESOURCE_MODE: oneOf('registered', 'any'),
  DPOP_NONCE,
  PUSHED_REQUESTS: oneOf('required', 'optional'),
  OUTBOUND_LOOPBACK,
  CORS_ORIGINS,
  RATE_LIMIT_SCALE,
  RATE_LIMIT_CLIENT: RATE_LIMIT,
  RATE_LIMIT_SIGN_UP: RATE_LIMIT,
  RATE_LIMIT_SIGN_IN_FAILURES: RATE_LIMIT,
  RATE_LIMIT_CLIENT_FAILURES: RATE_LIMIT,
  RATE_LIMIT_CODE_FAILURES: RATE_LIMIT,
  ...SOCIAL_SETTINGS,
  ...BRAND_SETTINGS,
  DATABASE_URL,
  DATABASE_PROXY: optional(matching('host:port', /^[^\s/]+:\d{1,5}$/)),
  UPSTASH_REDIS_REST_URL: optional(
    setting('an http(s) URL', (text) =>
      /^https?:$/.test(URL.parse(text)?.protocol ?? '') ? text : undefined,
    ),
  ),
  UPSTASH_REDIS_REST_TOKEN: optional(matching('a text without white space', /^\S+$/)),
  REFRESH_SEALING_KEY: keyText,
  /** The key before, for as long as a refresh token lives after a rotation. */
  REFRESH_SEALING_KEY_PREVIOUS: optional(keyText),
  PAIRWISE_SUBJECT_KEY: KEY_32,
};
