import * as z from 'zod';

import { type Clock, hours, minutes, seconds } from '../../../../shared/clock.ts';
import type { SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import { RememberedEntries } from '../../remembered-entries.ts';
import { readFromProvider } from '../ask-provider.ts';
import type { OidcProvider } from '../providers/provider.ts';
import type { SocialFault } from '../social-fault.ts';
import {
  configuredMetadata,
  discoveryUrl,
  type ProviderMetadata,
  readMetadata,
} from './provider-metadata.ts';

const METADATA_FRESH = hours(1);
const KEYS_FRESH = minutes(10);
/** For how long what we know outlives a provider's silence. */
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

/** What providers of OpenID Connect publish of themselves, remembered in this isolate. */
export class ProviderDocuments {
  readonly #fetchSafely: SafeFetch;
  readonly #metadata: RememberedEntries<ProviderMetadata>;
  readonly #keys: RememberedEntries<ProviderKeys>;
  readonly #asked: RememberedEntries<true>;

  constructor(fetchSafely: SafeFetch, clock: Clock) {
    this.#fetchSafely = fetchSafely;
    this.#metadata = new RememberedEntries(clock, SIZE);
    this.#keys = new RememberedEntries(clock, SIZE);
    this.#asked = new RememberedEntries(clock, SIZE);
  }

  async metadata(provider: OidcProvider): Promise<Result<ProviderMetadata, SocialFault>> {
    const { id } = provider;
    const known = configuredMetadata(provider) ?? this.#metadata.fresh(id);
    if (known !== undefined) return ok(known);
    const document = await readFromProvider(this.#fetchSafely, discoveryUrl(provider));
    const read = document.ok ? readMetadata(provider, document.value) : document;
    if (read.ok) this.#metadata.put(id, read.value, METADATA_FRESH);
    return read.ok ? read : this.#old(this.#metadata.within(id, GRACE), read.error);
  }

  /** @param isKeyUnknown - The keys that were given before lack one: fetch, unless just done. */
  async keys(uri: string, isKeyUnknown: boolean): Promise<Result<ProviderKeys, SocialFault>> {
    const known = this.#keys.fresh(uri);
    const mayAsk = this.#asked.fresh(uri) === undefined;
    if (known !== undefined && !(isKeyUnknown && mayAsk)) return ok(known);
    const document = await readFromProvider(this.#fetchSafely, uri);
    this.#asked.put(uri, true, COOL_DOWN);
    const read = document.ok ? readKeys(document.value) : document;
    if (read.ok) this.#keys.put(uri, read.value, KEYS_FRESH);
    return read.ok ? read : this.#old(this.#keys.within(uri, GRACE), read.error);
  }

  #old<T>(known: T | undefined, fault: SocialFault): Result<T, SocialFault> {
    return known === undefined ? err(fault) : ok(known);
  }
}

function readKeys(document: unknown): Result<ProviderKeys, SocialFault> {
  const parsed = Keys.safeParse(document);
  if (parsed.success) return ok(parsed.data);
  return err({ reason: 'provider_unavailable', detail: 'the key set has another shape' });
}
