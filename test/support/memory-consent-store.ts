import type { AuthorizationDetail } from '../../shared/contracts/identity/oauth-terms.ts';
import type { AccountId, ClientId } from '../../shared/ids.ts';
import type {
  Consent,
  ConsentGrant,
  ConsentStore,
} from '../../workers/identity/oauth/authorize/consent-store.ts';

const keyOf = (accountId: AccountId, clientId: ClientId) => `${accountId} ${clientId}`;

/** A {@link ConsentStore} in memory, for tests of the routes. */
export class MemoryConsentStore implements ConsentStore {
  readonly stored = new Map<string, Consent>();

  async find(accountId: AccountId, clientId: ClientId): Promise<Consent | undefined> {
    return this.stored.get(keyOf(accountId, clientId));
  }

  async grant(consent: ConsentGrant, at: number): Promise<void> {
    const { accountId, clientId } = consent;
    const before = this.stored.get(keyOf(accountId, clientId));
    this.stored.set(keyOf(accountId, clientId), {
      accountId,
      clientId,
      scopes: union(before?.scopes, consent.scopes),
      claims: union(before?.claims, consent.claims),
      resources: union(before?.resources, consent.resources),
      authorizationDetails: distinct([
        ...(before?.authorizationDetails ?? []),
        ...consent.authorizationDetails,
      ]),
      ...hostsOf(before, consent),
      grantedAt: before?.grantedAt ?? at,
      updatedAt: at,
    });
  }

  async list(accountId: AccountId): Promise<readonly Consent[]> {
    return [...this.stored.values()]
      .filter((one) => one.accountId === accountId)
      .toSorted((a, b) => b.updatedAt - a.updatedAt);
  }

  async withdraw(accountId: AccountId, clientId: ClientId): Promise<boolean> {
    return this.stored.delete(keyOf(accountId, clientId));
  }

  /** What deleting a client does. */
  forget(clientId: ClientId): void {
    for (const [key, one] of this.stored) if (one.clientId === clientId) this.stored.delete(key);
  }
}

function hostsOf(
  before: Consent | undefined,
  { redirectHosts }: ConsentGrant,
): Pick<Consent, 'redirectHosts'> {
  const stored = before?.redirectHosts;
  if (stored === undefined && redirectHosts === undefined) return {};
  return { redirectHosts: union(stored, redirectHosts ?? []) };
}

const union = (before: readonly string[] = [], more: readonly string[]) => [
  ...new Set([...before, ...more]),
];

const distinct = (details: readonly AuthorizationDetail[]) => [
  ...new Map(details.map((detail) => [JSON.stringify(detail), detail])).values(),
];
