import { type Millis, seconds } from '../../shared/clock.ts';
import { isJwsAlgorithm, type JwsAlgorithm } from '../../shared/tokens/algorithms.ts';
import type { RateLimitSettings } from './limits/rate-limits.ts';

/** The settings, as texts of `wrangler.toml`. */
export type Settings = Pick<
  EdgeEnv,
  | 'ISSUER'
  | 'AUDIENCE'
  | 'SIGNING_ALGORITHMS'
  | 'CORS_ORIGINS'
  | 'RATE_LIMIT_SCALE'
  | 'RATE_LIMIT_GLOBAL'
  | 'RATE_LIMIT_IP'
  | 'RATE_LIMIT_OAUTH'
  | 'RATE_LIMIT_PAGES'
  | 'RATE_LIMIT_DOCUMENTS'
  | 'RATE_LIMIT_CONNECT'
  | 'RATE_LIMIT_USER'
  | 'RATE_LIMIT_CLIENT'
  | 'RATE_LIMIT_TOKEN'
  | 'DPOP_NONCE'
  | 'QUERY_TOKEN'
  | 'REVOCATION_MAX_AGE_SECONDS'
  | 'REVOCATION_UNREACHABLE_SECONDS'
>;

export type Config = {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: ReadonlySet<JwsAlgorithm>;
  readonly corsOrigins: ReadonlySet<string>;
  /** Whether a DPoP proof must carry a nonce of ours (RFC 9449 §9). */
  readonly dpopNonceRequired: boolean;
  /** Whether `/connect` takes an access token from the URL. */
  readonly queryTokenAllowed: boolean;
  readonly rateLimits: RateLimitSettings;
  readonly revocation: { readonly maxAge: Millis; readonly unreachableAge: Millis };
};

/**
 * Reads the settings, by hand: without a schema library the bundle is small, and its cold start short.
 *
 * @throws {Error} If a setting is missing or out of range; the message names it.
 */
export function parseConfig(settings: Settings): Config {
  const issuer = parseIssuer(settings.ISSUER);
  const maxAge = wholeNumber(settings, 'REVOCATION_MAX_AGE_SECONDS', 1, 60);
  return {
    issuer,
    audience: settings.AUDIENCE === '' ? issuer : text(settings, 'AUDIENCE'),
    algorithms: parseAlgorithms(settings.SIGNING_ALGORITHMS),
    corsOrigins: parseOrigins(settings.CORS_ORIGINS),
    dpopNonceRequired: oneOf(settings, 'DPOP_NONCE', ['required', 'optional']) === 'required',
    queryTokenAllowed: oneOf(settings, 'QUERY_TOKEN', ['refuse', 'allow']) === 'allow',
    rateLimits: parseRateLimits(settings),
    revocation: {
      maxAge: seconds(maxAge),
      unreachableAge: seconds(
        wholeNumber(settings, 'REVOCATION_UNREACHABLE_SECONDS', maxAge, 86_400),
      ),
    },
  };
}

const refuse = (name: keyof Settings, problem: string): never => {
  throw new Error(`Cannot read setting ${name}: ${problem}`);
};

/** Bindings are typed as present, but nothing makes an operator set them. */
function text(settings: Settings, name: keyof Settings): string {
  const value: unknown = settings[name];
  return typeof value === 'string' ? value.trim() : refuse(name, 'it is not set');
}

const words = (value: unknown): string[] =>
  typeof value === 'string' ? value.split(/\s+/).filter((word) => word !== '') : [];

/** The issuer is an https URL without query or fragment (RFC 8414 §2); http on this machine only. */
function parseIssuer(issuer: unknown): string {
  const url = typeof issuer === 'string' ? URL.parse(issuer) : null;
  if (url === null || typeof issuer !== 'string') return refuse('ISSUER', 'it is not a URL');
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(local && url.protocol === 'http:')) {
    refuse('ISSUER', 'it must begin with https://');
  }
  if (/[?#\s]/.test(issuer)) refuse('ISSUER', 'it has a query, a fragment or white space');
  return issuer;
}

function parseAlgorithms(value: unknown): ReadonlySet<JwsAlgorithm> {
  const names = words(value);
  const known = names.filter(isJwsAlgorithm);
  if (known.length === 0 || known.length < names.length) {
    refuse('SIGNING_ALGORITHMS', 'it must name asymmetric JWS algorithms, such as ES256');
  }
  return new Set(known);
}

/** Origins as browsers send them (RFC 6454 §6.2): `null` and patterns are none. */
function parseOrigins(value: unknown): ReadonlySet<string> {
  const origins = words(value);
  const wrong = origins.find(
    (origin) => !/^https?:\/\/[\w.:[\]-]+$/.test(origin) || URL.parse(origin)?.origin !== origin,
  );
  if (wrong !== undefined) refuse('CORS_ORIGINS', `"${wrong}" is not an origin`);
  return new Set(origins);
}

function oneOf(settings: Settings, name: keyof Settings, allowed: readonly string[]): string {
  const value: unknown = settings[name];
  const found = allowed.find((one) => one === value);
  return found ?? refuse(name, `it must be ${allowed.map((one) => `"${one}"`).join(' or ')}`);
}

function parseRateLimits(settings: Settings): RateLimitSettings {
  const scale = Number(text(settings, 'RATE_LIMIT_SCALE'));
  if (!(scale > 0 && scale <= 1e6)) refuse('RATE_LIMIT_SCALE', 'it must be above 0, at most 1e6');
  const scaled = (name: keyof Settings) =>
    Math.max(1, Math.round(wholeNumber(settings, name, 1, 1e9) * scale));
  const isTotalSet = wholeNumber(settings, 'RATE_LIMIT_GLOBAL', 0, 1e9) > 0;
  return {
    global: isTotalSet ? scaled('RATE_LIMIT_GLOBAL') : 0,
    ip: scaled('RATE_LIMIT_IP'),
    oauth: scaled('RATE_LIMIT_OAUTH'),
    pages: scaled('RATE_LIMIT_PAGES'),
    documents: scaled('RATE_LIMIT_DOCUMENTS'),
    connect: scaled('RATE_LIMIT_CONNECT'),
    user: scaled('RATE_LIMIT_USER'),
    client: scaled('RATE_LIMIT_CLIENT'),
    token: scaled('RATE_LIMIT_TOKEN'),
  };
}

function wholeNumber(settings: Settings, name: keyof Settings, min: number, max: number): number {
  const value = text(settings, name);
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  return number >= min && number <= max
    ? number
    : refuse(name, `it must be a whole number from ${min} to ${max}`);
}
