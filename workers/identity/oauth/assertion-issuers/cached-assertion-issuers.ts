import type { Clock } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { LookupCache } from '../../platform/cache.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { RemoteKeySets } from '../clients/public-keys.ts';
import type { AssertionIssuer, AssertionIssuerStore } from './assertion-issuer-store.ts';

/** The issuers that this isolate remembers, and their keys. */
export class CachedAssertionIssuers {
  readonly #store: () => Pick<AssertionIssuerStore, 'find'>;
  readonly #keySets: Pick<RemoteKeySets, 'find'>;
  readonly #known: LookupCache<AssertionIssuer>;

  /** @param store - Opens a store for one request. */
  constructor(
    clock: Clock,
    store: () => Pick<AssertionIssuerStore, 'find'>,
    keySets: Pick<RemoteKeySets, 'find'>,
  ) {
    this.#store = store;
    this.#keySets = keySets;
    this.#known = new LookupCache(clock);
  }

  /** @throws {Problem} `SERVICE_UNAVAILABLE` if the database does not answer and nothing is known. */
  async find(issuer: string): Promise<AssertionIssuer | undefined> {
    return orUnavailable('the database', async () =>
      this.#known.find(issuer, async () => this.#store().find(issuer)),
    );
  }

  /**
   * @param refresh - Fetch them again, unless that was done just now.
   * @throws {OAuthError} `temporarily_unavailable` if they cannot be had.
   */
  async keysOf(
    { jwks, jwksUri }: AssertionIssuer,
    refresh: boolean,
  ): Promise<readonly JsonObject[]> {
    if (jwksUri === null) return jwks ?? [];
    const keys = await this.#keySets.find(jwksUri, refresh);
    if (keys !== undefined) return keys;
    throw new OAuthError('temporarily_unavailable', 'The keys of the issuer cannot be had');
  }

  /** After a change of it. */
  forget(issuer: string): void {
    this.#known.forget(issuer);
  }
}
