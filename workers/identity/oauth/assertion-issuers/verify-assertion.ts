/**
 * Assertions in which somebody else vouches for a user (RFC 7523 §3).
 *
 * Where the RFC leaves room, the stricter choice is made: an assertion is good for one use, lives for an
 * hour at most, and names no audience but us.
 *
 * @module
 */

import { type Clock, toNumericDate } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { AccountId } from '../../../../shared/ids.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import { decodeJws } from '../../../../shared/tokens/jws.ts';
import { type JsonObject, parseStrictObject } from '../../../../shared/tokens/strict-json.ts';
import { type Account, parseEmailAddress } from '../../accounts/account.ts';
import type { AccountStore } from '../../accounts/account-store.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { IdentityStore } from '../../social/identities/identity-store.ts';
import { namesOnlyUs, timeFault } from '../client-auth/assertion.ts';
import { CLIENT_JWT_ALGORITHMS, verifySignedJwt } from '../client-auth/client-jwt.ts';
import type { Client } from '../clients/client.ts';
import { allowedScopes } from '../clients/scopes.ts';
import { TOKEN_ENDPOINT } from '../endpoints.ts';
import type {
  AssertionIssuer,
  CachedAssertionIssuers,
  SubjectKind,
} from './assertion-issuer-store.ts';

/** Seconds from now to `exp`, at most. */
const LONGEST_LIFE = 3_600;

/** A JWT of another type was made for something else (RFC 8725 §3.11). */
const TYPES: readonly unknown[] = [undefined, 'JWT', 'jwt', 'authorization-grant+jwt'];

/** A verified assertion: a trusted issuer says who a user is. */
export type Vouching = {
  readonly issuer: AssertionIssuer;
  readonly subject: string;
  readonly claims: JsonObject;
};

export type VerifyAssertionNeeds = {
  readonly config: { readonly issuer: string };
  readonly clock: Clock;
  readonly cachedAssertionIssuers: Pick<CachedAssertionIssuers, 'find' | 'keysOf'>;
};

/**
 * Verifies an assertion. Does NOT use it up, and does not ask whether there is such a user.
 *
 * @returns Why it is refused, for the log.
 * @throws {OAuthError} `temporarily_unavailable` if the issuer's keys cannot be had.
 * @throws {Problem} `SERVICE_UNAVAILABLE`
 */
export async function verifyAssertion(
  assertion: string,
  { clientId }: Client,
  { clock, config, cachedAssertionIssuers }: VerifyAssertionNeeds,
): Promise<Result<Vouching, string>> {
  const name = issuerOf(assertion);
  const issuer = name === undefined ? undefined : await cachedAssertionIssuers.find(name);
  if (issuer?.enabled !== true) return err('issuer_unknown');
  if (!issuer.clients.includes(clientId)) return err('client_not_allowed');
  const verified = await verifySignedJwt(assertion, {
    algorithms: CLIENT_JWT_ALGORITHMS,
    areRemote: issuer.jwksUri !== null,
    keys: (refresh) => cachedAssertionIssuers.keysOf(issuer, refresh),
  });
  if (!verified.ok) return err(verified.error.reason);
  const { header, claims } = verified.value;
  if (!TYPES.includes(header['typ'])) return err('type_refused');
  if (!namesOnlyUs(claims['aud'], config.issuer, TOKEN_ENDPOINT)) return err('audience');
  const untimely = timeFault(claims, toNumericDate(clock()), LONGEST_LIFE);
  if (untimely !== undefined) return err(untimely);
  const { sub } = claims;
  return isName(sub) ? ok({ issuer, subject: sub, claims }) : err('subject');
}

/** As long as the ids of any provider, and without control characters, which a database may refuse. */
const isName = (sub: unknown): sub is string =>
  typeof sub === 'string' && sub.isWellFormed() && /^\P{Cc}{1,512}$/u.test(sub);

/** Reads who claims to have signed an assertion, to find the keys that verify it. It is not verified yet. */
export function issuerOf(assertion: string): string | undefined {
  const decoded = decodeJws(assertion, assertion.length);
  const iss = decoded.ok ? parseStrictObject(decoded.value.payload)?.['iss'] : undefined;
  return typeof iss === 'string' && /^[\x21-\x7e]{1,2000}$/.test(iss) ? iss : undefined;
}

type Accounts = Pick<AccountStore, 'find' | 'findCredentials'>;

export type VouchedAccountNeeds = {
  readonly accounts: () => Accounts;
  readonly identities: () => Pick<IdentityStore, 'find'>;
};

/**
 * Finds the account that the `sub` of an assertion names. One that is disabled is not found.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE`
 */
export async function vouchedAccount(
  kind: SubjectKind,
  subject: string,
  needs: VouchedAccountNeeds,
): Promise<Account | undefined> {
  const account = await orUnavailable('the database', async () => find(kind, subject, needs));
  return account?.status === 'active' ? account : undefined;
}

async function find(
  kind: SubjectKind,
  subject: string,
  { accounts, identities }: VouchedAccountNeeds,
): Promise<Account | undefined> {
  if (kind === 'email') return byEmail(subject, accounts());
  if (kind === 'account_id') return byId(AccountId.parse(subject), accounts());
  const provider = kind.slice('identity:'.length);
  const identity = await identities().find({ provider, subject });
  return byId(identity?.accountId, accounts());
}

const byId = async (id: AccountId | undefined, accounts: Accounts): Promise<Account | undefined> =>
  id === undefined ? undefined : accounts.find(id);

/** An unverified address may belong to somebody else than the owner of the account. */
async function byEmail(subject: string, accounts: Accounts): Promise<Account | undefined> {
  const address = parseEmailAddress(subject);
  if (address === undefined) return undefined;
  const { account } = (await accounts.findCredentials(address.normalized)) ?? {};
  return account?.emailVerified === true ? account : undefined;
}

/**
 * The scopes of a token in the name of a user whom an issuer vouches for: those that both the client and
 * the issuer may have tokens carry.
 *
 * @param requested - The parameter `scope`. Left out: all of them.
 * @param ofResources - The scopes of the resource servers that the token will be for.
 * @throws {OAuthError} `invalid_scope`
 */
export function vouchedScopes(
  { scopes }: Pick<AssertionIssuer, 'scopes'>,
  client: Client,
  requested: string | undefined,
  ofResources: readonly string[],
): readonly string[] {
  const clients = allowedScopes(client, requested, ofResources);
  const both = clients.filter((scope) => scopes.includes(scope));
  if (requested === undefined || both.length === clients.length) return both;
  throw new OAuthError('invalid_scope', 'The scope is more than the issuer may vouch for');
}
