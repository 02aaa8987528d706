import * as z from 'zod';
import { LookupCache } from '../../../../shared/cache/lookup-cache.ts';
import { type Clock, hours, minutes, seconds } from '../../../../shared/clock.ts';
import type { SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import { isIssuerUrl } from '../../platform/issuer-url.ts';
import type { SocialFault } from '../fault.ts';
import { readFromProvider } from '../providers/ask-provider.ts';
import type { OidcProvider } from '../providers/provider.ts';

/** As many providers as there can be, and how long what they publish serves while they do not answer. */
const SHARED = { entries: 32, staleFor: hours(12) } as const;
const METADATA = { ...SHARED, freshFor: hours(1) } as const;
/** A `kid` that the keys lack starts a fetch, but not so soon after another. */
const KEYS = { ...SHARED, freshFor: minutes(10), coolDown: seconds(10) } as const;

/** The members that choose a key; what else a key has is `jose`'s business. */
const Keys = z.object({
  keys: z.array(z.looseObject({ kty: z.string(), issuer: z.string().optional() })),
});
export type ProviderKeys = z.output<typeof Keys>;

/** What providers of OpenID Connect publish about themselves, cached in the isolate. */
export class ProviderDocuments {
  readonly #fetchSafely: SafeFetch;
  readonly #metadata: LookupCache<ProviderMetadata>;
  readonly #keys: LookupCache<ProviderKeys>;

  constructor(fetchSafely: SafeFetch, clock: Clock) {
    this.#fetchSafely = fetchSafely;
    this.#metadata = new LookupCache(METADATA, clock);
    this.#keys = new LookupCache(KEYS, clock);
  }

  async metadata(provider: OidcProvider): Promise<Result<ProviderMetadata, SocialFault>> {
    const configured = configuredMetadata(provider);
    if (configured !== undefined) return ok(configured);
    const read = (document: unknown) => readMetadata(provider, document);
    const load = () => this.#fetch(discoveryUrl(provider), read);
    return orFault(this.#metadata.find(provider.id, load));
  }

  /**
   * @param isKeyUnknown - The keys that were given before lack one: they are fetched again, with a
   *   cool-down.
   */
  async keys(uri: string, isKeyUnknown: boolean): Promise<Result<ProviderKeys, SocialFault>> {
    const load = () => this.#fetch(uri, readKeys);
    return orFault(isKeyUnknown ? this.#keys.refresh(uri, load) : this.#keys.find(uri, load));
  }

  /** @throws {Unusable} */
  async #fetch<T>(url: string, read: (document: unknown) => Result<T, SocialFault>): Promise<T> {
    const document = await readFromProvider(this.#fetchSafely, url);
    const result = document.ok ? read(document.value) : document;
    if (result.ok) return result.value;
    throw new Unusable(result.error);
  }
}

/** What a provider answered, or did not, cannot be used. */
class Unusable extends Error {
  override readonly name = 'Unusable';
  readonly fault: SocialFault;

  constructor(fault: SocialFault) {
    super(`Cannot use the document of a provider: ${fault.reason}`);
    this.fault = fault;
  }
}

async function orFault<T>(found: Promise<T>): Promise<Result<T, SocialFault>> {
  try {
    return ok(await found);
  } catch (error) {
    if (error instanceof Unusable) return err(error.fault);
    throw error;
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
