import * as z from 'zod';

import { type Bytes, fromBase64Url } from '../../shared/bytes.ts';
import { readSettings } from '../../shared/configuration.ts';
import type { SessionLimits } from '../../shared/contracts/identity/user-sessions.ts';
import { ClientId } from '../../shared/ids.ts';
import type { SealingSecrets } from '../../shared/tokens/sealing-keys.ts';
import {
  rateLimitScaleSetting,
  rateLimitSetting,
  scaledLimit,
} from '../kit/rate-limit-settings.ts';
import type { DatabaseSettings } from './platform/database.ts';
import { isIssuerUrl } from './platform/issuer-url.ts';
import type { RateLimitSettings } from './platform/rate-limits.ts';
import {
  type SocialConfig,
  SocialProvidersSetting,
  SocialSecretsSetting,
  socialConfig,
  socialIssues,
} from './social/config.ts';
import { BRAND_SETTINGS, type Brand, toBrand } from './web/kit/brand.ts';

const issuer = z.string().refine(isIssuerUrl, {
  error: 'must be an https URL without query or fragment; http is allowed for loopback only',
});

/** As browsers send them (RFC 6454 §6.2). */
const origins = z
  .string()
  .default('')
  .transform((text) => text.split(/\s+/).filter((word) => word !== ''))
  .refine((all) => all.every((one) => /^https?:/.test(one) && URL.parse(one)?.origin === one), {
    error: 'must be origins, space separated',
  });

const lifetime = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const sealingKey = z.string().refine((text) => fromBase64Url(text)?.length === 32, {
  error: 'must be 32 bytes in base64url',
});
const clientId = z.string().transform((text, context) => {
  const id = ClientId.parse(text);
  if (id !== undefined) return id;
  context.addIssue({ code: 'custom', message: 'must be 1 to 255 visible ASCII characters' });
  return z.NEVER;
});

const Settings = z
  .object({
    ISSUER: issuer,
    AUDIENCE: z.string().default(''),
    FIRST_PARTY_CLIENT_ID: clientId,
    ACCESS_TOKEN_SECONDS: lifetime(60, 3_600),
    REFRESH_TOKEN_SECONDS: lifetime(3_600, 2_592_000),
    SESSION_IDLE_SECONDS: lifetime(60, 2_592_000),
    SESSION_ABSOLUTE_SECONDS: lifetime(300, 31_536_000),
    DATABASE_URL: z
      .string()
      .regex(/^postgres(?:ql)?:\/\/\S+$/, { error: 'must be a postgres URL' }),
    DATABASE_PROXY: z
      .string()
      .regex(/^(?:[^\s/]+:\d{1,5})?$/, { error: 'must be host:port, or empty' })
      .default(''),
    UPSTASH_REDIS_REST_URL: z.union([z.literal(''), z.url()]).default(''),
    UPSTASH_REDIS_REST_TOKEN: z.string().default(''),
    AUTHORIZATION_CODE_SECONDS: lifetime(1, 600),
    ID_TOKEN_SECONDS: lifetime(60, 86_400),
    REGISTRATION_MODE: z.enum(['off', 'initial_access_token', 'open']),
    RESOURCE_MODE: z.enum(['registered', 'any']),
    DPOP_NONCE: z.enum(['required', 'optional']),
    PUSHED_REQUESTS: z.enum(['required', 'optional']),
    OUTBOUND_LOOPBACK: z.enum(['off', 'on']),
    CORS_ORIGINS: origins,
    RATE_LIMIT_SCALE: rateLimitScaleSetting,
    RATE_LIMIT_CLIENT: rateLimitSetting,
    RATE_LIMIT_SIGN_UP: rateLimitSetting,
    RATE_LIMIT_SIGN_IN_FAILURES: rateLimitSetting,
    RATE_LIMIT_CLIENT_FAILURES: rateLimitSetting,
    RATE_LIMIT_CODE_FAILURES: rateLimitSetting,
    SOCIAL_PROVIDERS: SocialProvidersSetting,
    SOCIAL_CLIENT_SECRETS: z.string().default('{}').pipe(SocialSecretsSetting),
    ...BRAND_SETTINGS,
    REFRESH_SEALING_KEY: sealingKey,
    PAIRWISE_SUBJECT_KEY: sealingKey,
    /** The key before, for as long as a refresh token lives after a rotation. */
    REFRESH_SEALING_KEY_PREVIOUS: z.union([z.literal(''), sealingKey]).default(''),
  })
  .refine((all) => all.SESSION_IDLE_SECONDS <= all.SESSION_ABSOLUTE_SECONDS, {
    path: ['SESSION_IDLE_SECONDS'],
    error: 'must not exceed SESSION_ABSOLUTE_SECONDS',
  })
  .refine((all) => all.UPSTASH_REDIS_REST_URL === '' || all.UPSTASH_REDIS_REST_TOKEN !== '', {
    path: ['UPSTASH_REDIS_REST_TOKEN'],
    error: 'must be set where UPSTASH_REDIS_REST_URL is',
  })
  .superRefine((all, context) => {
    for (const { path, message } of socialIssues(all)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  });

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

/**
 * Reads the settings from the environment.
 *
 * @throws {ConfigurationError} If one is missing or out of range.
 */
export function parseConfig(env: unknown): Config {
  const all = readSettings(Settings, env);
  const previous = all.REFRESH_SEALING_KEY_PREVIOUS;
  return {
    issuer: all.ISSUER,
    audience: all.AUDIENCE === '' ? all.ISSUER : all.AUDIENCE,
    clientId: all.FIRST_PARTY_CLIENT_ID,
    returnOrigins: new Set(all.CORS_ORIGINS),
    connectUrl: `${all.ISSUER.replace(/^http/, 'ws').replace(/\/$/, '')}/connect`,
    limits: {
      accessSeconds: all.ACCESS_TOKEN_SECONDS,
      refreshSeconds: all.REFRESH_TOKEN_SECONDS,
      idleSeconds: all.SESSION_IDLE_SECONDS,
      absoluteSeconds: all.SESSION_ABSOLUTE_SECONDS,
    },
    database: { databaseUrl: all.DATABASE_URL, databaseProxy: all.DATABASE_PROXY },
    sealing: {
      current: all.REFRESH_SEALING_KEY,
      previous: previous === '' ? undefined : previous,
    },
    rateLimits: rateLimitSettings(all),
    oauth: oauthConfig(all),
    social: socialConfig(all),
    brand: toBrand(all),
  };
}

function rateLimitSettings(all: z.output<typeof Settings>): RateLimitSettings {
  const scaled = (limit: number) => scaledLimit(limit, all.RATE_LIMIT_SCALE);
  return {
    client: scaled(all.RATE_LIMIT_CLIENT),
    signUp: scaled(all.RATE_LIMIT_SIGN_UP),
    signInFailures: scaled(all.RATE_LIMIT_SIGN_IN_FAILURES),
    clientFailures: scaled(all.RATE_LIMIT_CLIENT_FAILURES),
    codeFailures: scaled(all.RATE_LIMIT_CODE_FAILURES),
  };
}

function oauthConfig(all: z.output<typeof Settings>): OAuthConfig {
  return {
    codeSeconds: all.AUTHORIZATION_CODE_SECONDS,
    idTokenSeconds: all.ID_TOKEN_SECONDS,
    registration: all.REGISTRATION_MODE,
    resources: all.RESOURCE_MODE,
    dpopNonce: all.DPOP_NONCE,
    pushedRequests: all.PUSHED_REQUESTS,
    allowLoopback: all.OUTBOUND_LOOPBACK === 'on',
    pairwiseKey: fromBase64Url(all.PAIRWISE_SUBJECT_KEY) ?? new Uint8Array(),
  };
}
