import { err, ok, type Result } from '../../shared/result.ts';
import type {
  AssertionIssuer,
  AssertionIssuerSettings,
  AssertionIssuerStore,
} from '../../workers/identity/oauth/assertion-issuers/assertion-issuer-store.ts';
import type { Conflict } from '../../workers/identity/platform/database.ts';

/** An {@link AssertionIssuerStore} in memory, for tests of the grant and the routes. */
export class MemoryAssertionIssuerStore implements AssertionIssuerStore {
  readonly stored = new Map<string, AssertionIssuer>();

  async create(
    issuer: AssertionIssuerSettings,
    at: number,
  ): Promise<Result<AssertionIssuer, Conflict>> {
    if (this.stored.has(issuer.issuer)) return err({ constraint: 'assertion_issuers_pkey' });
    return ok(this.#put({ ...issuer, createdAt: at, updatedAt: at }));
  }

  async find(issuer: string): Promise<AssertionIssuer | undefined> {
    return this.stored.get(issuer);
  }

  async list(): Promise<readonly AssertionIssuer[]> {
    return [...this.stored.values()].toSorted((a, b) => (a.issuer < b.issuer ? -1 : 1));
  }

  async replace(
    settings: AssertionIssuerSettings,
    at: number,
  ): Promise<AssertionIssuer | undefined> {
    const now = this.stored.get(settings.issuer);
    return now && this.#put({ ...settings, createdAt: now.createdAt, updatedAt: at });
  }

  async delete(issuer: string): Promise<boolean> {
    return this.stored.delete(issuer);
  }

  #put(issuer: AssertionIssuer): AssertionIssuer {
    this.stored.set(issuer.issuer, issuer);
    return issuer;
  }
}
