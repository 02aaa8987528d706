import type { Clock } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import { type AccountId, newAccountId } from '../../../../shared/ids.ts';
import type { Log } from '../../../../shared/telemetry/log.ts';
import { sealText } from '../../../../shared/tokens/sealed-text.ts';
import type { SealingKeys } from '../../../../shared/tokens/sealing-keys.ts';
import { type Account, detailsOf, type PersonalDetails } from '../../accounts/account.ts';
import type { AccountStore } from '../../accounts/account-store.ts';
import { FIRST_ROLES } from '../../accounts/register-account.ts';
import type { ProviderTokens } from '../flow/exchange-code.ts';
import type { Provider, ProviderEmail, ProviderProfile } from '../providers/provider.ts';
import type { IdentityDetails, IdentityName, IdentityStore } from './identity-store.ts';

/** Somebody who came back from a provider. */
export type ProvenIdentity = {
  readonly provider: Provider;
  readonly profile: ProviderProfile;
  readonly tokens: ProviderTokens | null;
  /** Who is signed in here, and asked to link the identity. */
  readonly linkTo: Account | undefined;
};

export type Resolution =
  | { readonly act: 'signed_in'; readonly account: Account }
  | Extract<Decision, { readonly act: 'ask_email' | 'prove' | 'refuse' }>;

export type ResolveIdentityNeeds = SealTokensNeeds & {
  readonly accounts: () => AccountStore;
  readonly identities: () => IdentityStore;
  readonly log: Log;
};

/** After a lost race the facts have changed, so that the next attempt decides otherwise. */
const ATTEMPTS = 3;

/**
 * Finds, links or creates the account that an identity signs in to. Of several at once with a new
 * identity, all end in one account.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the database does not answer.
 */
export async function resolveIdentity(
  proven: ProvenIdentity,
  needs: ResolveIdentityNeeds,
): Promise<Resolution> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    // oxlint-disable-next-line no-await-in-loop -- again only after a lost race
    const resolution = await attemptOnce(proven, needs);
    if (resolution !== undefined) return resolution;
  }
  throw new Problem('SERVICE_UNAVAILABLE', {
    cause: new Error('Cannot settle who an identity is'),
  });
}

/** @returns `undefined`: another request changed the facts first. */
async function attemptOnce(
  proven: ProvenIdentity,
  needs: ResolveIdentityNeeds,
): Promise<Resolution | undefined> {
  const decision = decide(await gatherFacts(proven, needs));
  if (decision.act === 'create') return create(proven, decision.email, needs);
  if (decision.act === 'link') return link(proven, decision.account, needs);
  if (decision.act !== 'sign_in') return decision;
  await recordUse(proven, decision.account.id, needs);
  return { act: 'signed_in', account: await withDetails(decision.account, proven, needs) };
}

/** The facts from which it is decided whom an identity signs in. */
export type Facts = {
  /** What the provider says of their e-mail. */
  readonly email: ProviderEmail | null;
  /** The account that the identity is linked to. */
  readonly owner: Account | undefined;
  /** Who is signed in here, and asked to link the identity. */
  readonly linkTo: Account | undefined;
  /** The account with the e-mail that the provider named. */
  readonly namesake: Account | undefined;
  /** Whether the namesake signs in with another identity of this provider. */
  readonly isAddressReused: boolean;
};

type Decision =
  | { readonly act: 'sign_in'; readonly account: Account }
  | { readonly act: 'link'; readonly account: Account }
  | { readonly act: 'create'; readonly email: ProviderEmail }
  /** An account needs an address, and the provider named none. */
  | { readonly act: 'ask_email' }
  /** The account must be signed in to with what it has, before the identity is linked to it. */
  | { readonly act: 'prove'; readonly account: Account }
  | { readonly act: 'refuse'; readonly reason: 'account_disabled' | 'linked_elsewhere' };

/**
 * Decides whom an identity signs in. An e-mail finds an account only where both sides have proved
 * whose it is: the provider now, as its host, and our account's owner before. Otherwise an attacker
 * could take an account over by naming its address at a careless provider, or create an account
 * with the address of a victim, who would sign in to it later. Where another user of the provider had
 * the address before, it was given to somebody else, and proves nothing (OpenID Connect Core §5.7).
 */
export function decide({ email, owner, linkTo, namesake, isAddressReused }: Facts): Decision {
  if (owner !== undefined) return decideLinked(owner, linkTo);
  if (linkTo !== undefined) return active('link', linkTo);
  if (email === null) return { act: 'ask_email' };
  if (namesake === undefined) return { act: 'create', email };
  const isProved = email.trust === 'authoritative' && namesake.emailVerified;
  return isProved && !isAddressReused
    ? active('link', namesake)
    : { act: 'prove', account: namesake };
}

function decideLinked(owner: Account, linkTo: Account | undefined): Decision {
  const isElsewhere = linkTo !== undefined && linkTo.id !== owner.id;
  return isElsewhere ? { act: 'refuse', reason: 'linked_elsewhere' } : active('sign_in', owner);
}

const active = (act: 'sign_in' | 'link', account: Account): Decision =>
  account.status === 'active' ? { act, account } : { act: 'refuse', reason: 'account_disabled' };

async function gatherFacts(proven: ProvenIdentity, needs: ResolveIdentityNeeds): Promise<Facts> {
  const { profile, linkTo } = proven;
  const { email } = profile;
  return orUnavailable('the database', async () => {
    const owner = await findOwner(proven, needs);
    const facts = { email, owner, linkTo, namesake: undefined, isAddressReused: false };
    if (owner !== undefined || email === null) return facts;
    const credentials = await needs.accounts().findCredentials(email.normalized);
    const namesake = credentials?.account;
    if (namesake === undefined) return facts;
    const isAddressReused = await hasIdentityAt(proven.provider, namesake, needs);
    // An account is created together with its identity. Since the first look, another request may have
    // created the namesake with this very identity.
    return { ...facts, owner: await findOwner(proven, needs), namesake, isAddressReused };
  });
}

async function hasIdentityAt(
  { id: provider }: Provider,
  account: Account,
  { identities }: Pick<ResolveIdentityNeeds, 'identities'>,
): Promise<boolean> {
  const linked = await identities().list(account.id);
  return linked.some((one) => one.provider === provider);
}

async function findOwner(
  { provider, profile }: ProvenIdentity,
  { accounts, identities }: ResolveIdentityNeeds,
): Promise<Account | undefined> {
  const name = { provider: provider.id, subject: profile.subject };
  const identity = await identities().find(name);
  return identity && accounts().find(identity.accountId);
}

async function create(
  proven: ProvenIdentity,
  email: ProviderEmail,
  needs: ResolveIdentityNeeds,
): Promise<Resolution | undefined> {
  const { accounts, clock, identities, log } = needs;
  const id = newAccountId();
  const account = {
    id,
    email,
    emailVerified: email.trust === 'authoritative',
    username: null,
    displayName: proven.profile.displayName,
    ...reportedDetails(proven),
    passwordHash: null,
    roles: FIRST_ROLES,
    createdAt: clock(),
  };
  const identity = { ...(await toRow(proven, id, needs)), accountId: id, linkedAt: clock() };
  return orUnavailable('the database', async () => {
    const created = await identities().createAccount(account, identity);
    const found = created.ok ? await accounts().find(id) : undefined;
    if (found === undefined) return undefined;
    const { provider } = identity;
    log({ event: 'account.created', level: 'info', accountId: id, provider });
    return { act: 'signed_in', account: found };
  });
}

async function link(
  proven: ProvenIdentity,
  account: Account,
  needs: ResolveIdentityNeeds,
): Promise<Resolution | undefined> {
  const { clock, identities, log } = needs;
  const { id: accountId } = account;
  const row = { ...(await toRow(proven, accountId, needs)), accountId, linkedAt: clock() };
  const isLinked = await orUnavailable('the database', async () => identities().link(row));
  if (!isLinked) return undefined;
  log({ event: 'identity.linked', level: 'security', accountId, provider: row.provider });
  return { act: 'signed_in', account: await withDetails(account, proven, needs) };
}

const reportedDetails = ({
  profile: { firstName, lastName, avatarUrl },
}: ProvenIdentity): PersonalDetails => detailsOf({ firstName, lastName, avatarUrl });

/** Gives an account those details that it has not and the provider tells. */
async function withDetails(
  account: Account,
  proven: ProvenIdentity,
  { accounts, clock }: Pick<ResolveIdentityNeeds, 'accounts' | 'clock'>,
): Promise<Account> {
  const reported = reportedDetails(proven);
  const isNews = DETAILS.some((name) => account[name] === null && reported[name] !== null);
  if (!isNews) return account;
  const filled = await orUnavailable('the database', async () =>
    accounts().fillDetails(account.id, reported, clock()),
  );
  return filled ?? account;
}

const DETAILS = ['firstName', 'lastName', 'company', 'avatarUrl'] as const;

async function recordUse(
  proven: ProvenIdentity,
  accountId: AccountId,
  needs: ResolveIdentityNeeds,
): Promise<void> {
  const use = { ...(await toRow(proven, accountId, needs)), usedAt: needs.clock() };
  await orUnavailable('the database', () =>
    Promise.all([
      needs.identities().recordUse(use),
      needs.accounts().recordSignIn(accountId, use.usedAt),
    ]),
  );
}

type Row = IdentityName & IdentityDetails & { readonly tokensSealed: string | null };

/** What is stored of an identity each time that it is used. */
async function toRow(
  { provider, profile, tokens }: ProvenIdentity,
  accountId: AccountId,
  needs: ResolveIdentityNeeds,
): Promise<Row> {
  const { subject, email, displayName } = profile;
  return {
    provider: provider.id,
    subject,
    email: email?.display ?? null,
    emailVerified: email !== null && email.trust !== 'unverified',
    displayName,
    tokensSealed: await sealTokens(provider, accountId, tokens, needs),
  };
}

type SealTokensNeeds = {
  readonly clock: Clock;
  readonly sealingKeys: () => Promise<SealingKeys>;
};

/**
 * Seals a provider's tokens for storage: for this provider and this account, so that a row copied to
 * another account opens nothing.
 *
 * @returns `null` where they are not to be kept.
 */
async function sealTokens(
  { id, keepTokens }: Provider,
  accountId: AccountId,
  tokens: ProviderTokens | null,
  { clock, sealingKeys }: SealTokensNeeds,
): Promise<string | null> {
  if (!keepTokens || tokens === null) return null;
  const { accessToken, refreshToken, expiresIn } = tokens;
  const expiresAt = expiresIn === undefined ? null : clock() + expiresIn * 1_000;
  const text = JSON.stringify({ accessToken, refreshToken, expiresAt });
  return sealText(await sealingKeys(), `provider tokens v1 ${id} ${accountId}`, text);
}
