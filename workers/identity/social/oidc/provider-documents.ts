import * as z from 'zod';
import { type Clock, hours, minutes, seconds } from '../../../../shared/clock.ts';
import type { SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import { ExpiringCache } from '../../platform/cache.ts';
import { isIssuerUrl } from '../../platform/issuer-url.ts';
import type { SocialFault } from '../fault.ts';
import { readFromProvider } from '../providers/ask-provider.ts';
import type { OidcProvider } from '../providers/provider.ts';

const METADATA_FRESH = hours(1);
const KEYS_FRESH = minutes(10);
/** For how long documents serve after they were fresh, while the provider does not answer. */
const GRACE = hours(12);
/** How long after a fetch an unknown `kid` starts no other. */
const COOL_DOWN = seconds(10);
/** As many as there can be providers. */
const SIZE = 32;

/** The members that choose a key; what else a key has is `jose`'s business. */
const Keys = z.object({
  keys: z.array(z.looseObject({ kty: z.string(), issuer: z.string().optional() })),
});
export type ProviderKeys = z.output<typeof Keys>;

/** What providers of OpenID Connect publish about themselves, cached in the isolate. */
export class ProviderDocuments {
  readonly #fetchSafely: SafeFetch;
  readonly #metadata: ExpiringCache<ProviderMetadata>;
  readonly #keys: ExpiringCache<ProviderKeys>;
  readonly #fetchedLately: ExpiringCache<true>;

  constructor(fetchSafely: SafeFetch, clock: Clock) {
    this.#fetchSafely = fetchSafely;
    this.#metadata = new ExpiringCache(clock, SIZE);
    this.#keys = new ExpiringCache(clock, SIZE);
    this.#fetchedLately = new ExpiringCache(clock, SIZE);
  }

  async metadata(provider: OidcProvider): Promise<Result<ProviderMetadata, SocialFault>> {
    const { id } = provider;
    const cached = configuredMetadata(provider) ?? this.#metadata.fresh(id);
    if (cached !== undefined) return ok(cached);
    const document = await readFromProvider(this.#fetchSafely, discoveryUrl(provider));
    const read = document.ok ? readMetadata(provider, document.value) : document;
    if (read.ok) this.#metadata.put(id, read.value, METADATA_FRESH);
    return read.ok ? read : this.#staleOr(this.#metadata.within(id, GRACE), read.error);
  }

  /**
   * @param isKeyUnknown - The keys that were given before lack one: they are fetched again, with a
   *   cool-down.
   */
  async keys(uri: string, isKeyUnknown: boolean): Promise<Result<ProviderKeys, SocialFault>> {
    const cached = this.#keys.fresh(uri);
    const mayFetch = this.#fetchedLately.fresh(uri) === undefined;
    if (cached !== undefined && !(isKeyUnknown && mayFetch)) return ok(cached);
    const document = await readFromProvider(this.#fetchSafely, uri);
    this.#fetchedLately.put(uri, true, COOL_DOWN);
    const read = document.ok ? readKeys(document.value) : document;
    if (read.ok) this.#keys.put(uri, read.value, KEYS_FRESH);
    return read.ok ? read : this.#staleOr(this.#keys.within(uri, GRACE), read.error);
  }

  #staleOr<T>(stale: T | undefined, fault: SocialFault): Result<T, SocialFault> {
    return stale === undefined ? err(fault) : ok(stale);
  }
}

function readKeys(document: unknown): Result<ProviderKeys, SocialFault> {
  const parsed = Keys.safeParse(document);
  if (parsed.success) return ok(parsed.data);
  return err({ reason: 'provider_unavailable', detail: 'the key set has another shape' });
}

/** The endpoints of a provider of OpenID Connect. */
export type ProviderMetadata = {
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly jwksUri: string;
  readonly userinfoEndpoint: string | undefined;
  /** Whether all its authorization responses carry `iss` (RFC 9207 §3). */
  readonly namesItself: boolean;
};

/** An endpoint may have a query (RFC 6749 §3.1), and no fragment. */
const endpoint = z.string().refine((text) => isIssuerUrl(text.replace(/\?.*$/s, '')));

const Document = z.object({
  issuer: z.string(),
  authorization_endpoint: endpoint,
  token_endpoint: endpoint,
  jwks_uri: endpoint,
  userinfo_endpoint: endpoint.optional(),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
});

/** @returns `undefined` unless every endpoint that is needed was configured. */
function configuredMetadata({ endpoints }: OidcProvider): ProviderMetadata | undefined {
  const { authorization, token, jwks, userinfo } = endpoints;
  if (authorization === undefined || token === undefined || jwks === undefined) return undefined;
  return {
    authorizationEndpoint: authorization,
    tokenEndpoint: token,
    jwksUri: jwks,
    userinfoEndpoint: userinfo,
    namesItself: false,
  };
}

/** Where the provider's document is (OpenID Connect Discovery §4). */
const discoveryUrl = ({ issuer }: OidcProvider): string =>
  `${issuer.replace('{tenantid}', 'common').replace(/\/$/, '')}/.well-known/openid-configuration`;

/** Reads a discovery document: its issuer is exactly the configured one (Discovery §4.3). */
function readMetadata(
  provider: OidcProvider,
  document: unknown,
): Result<ProviderMetadata, SocialFault> {
  const parsed = Document.safeParse(document);
  if (!parsed.success) return refused('the discovery document has another shape');
  const { data } = parsed;
  if (data.issuer !== provider.issuer) return refused('the discovery document has another issuer');
  const { authorization, token, jwks, userinfo } = provider.endpoints;
  return ok({
    authorizationEndpoint: authorization ?? data.authorization_endpoint,
    tokenEndpoint: token ?? data.token_endpoint,
    jwksUri: jwks ?? data.jwks_uri,
    userinfoEndpoint: userinfo ?? data.userinfo_endpoint,
    namesItself: data.authorization_response_iss_parameter_supported ?? false,
  });
}

const refused = (detail: string): Result<never, SocialFault> =>
  err({ reason: 'provider_unavailable', detail });
