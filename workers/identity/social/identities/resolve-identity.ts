import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import { type AccountId, newAccountId } from '../../../../shared/ids.ts';
import { sealText } from '../../../../shared/tokens/sealed-text.ts';
import type { Account } from '../../accounts/account.ts';
import { FIRST_ROLES } from '../../accounts/register-account.ts';
import type { Services } from '../../context.ts';
import type { ProviderTokens } from '../flow/exchange-code.ts';
import type { Provider, ProviderEmail, ProviderProfile } from '../providers/provider.ts';
import type { IdentityDetails, IdentityName } from './identity-store.ts';

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

type Resolving = Pick<Services, 'accounts' | 'clock' | 'identities' | 'log' | 'sealingKeys'>;

/** A lost race shows who won it: the second look decides otherwise. */
const ATTEMPTS = 3;

/**
 * Finds, links or creates the account that an identity signs in to. Of several at once with a new
 * identity, all end in one account.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the database does not answer.
 */
export async function resolveIdentity(
  arrived: ProvenIdentity,
  services: Resolving,
): Promise<Resolution> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    // oxlint-disable-next-line no-await-in-loop -- again only after a lost race
    const resolution = await attemptOnce(arrived, services);
    if (resolution !== undefined) return resolution;
  }
  throw new Problem('SERVICE_UNAVAILABLE', {
    cause: new Error('Cannot settle who an identity is'),
  });
}

/** @returns `undefined`: somebody else was faster. */
async function attemptOnce(
  arrived: ProvenIdentity,
  services: Resolving,
): Promise<Resolution | undefined> {
  const decision = decide(await gatherFacts(arrived, services));
  if (decision.act === 'create') return create(arrived, decision.email, services);
  if (decision.act === 'link') return link(arrived, decision.account, services);
  if (decision.act !== 'sign_in') return decision;
  await recordUse(arrived, decision.account.id, services);
  return { act: 'signed_in', account: decision.account };
}

async function gatherFacts(arrived: ProvenIdentity, services: Resolving): Promise<Facts> {
  const { profile, linkTo } = arrived;
  const { email } = profile;
  return orUnavailable('the database', async () => {
    const known = await findKnown(arrived, services);
    if (known !== undefined || email === null) return { email, known, linkTo, namesake: undefined };
    const credentials = await services.accounts().findCredentials(email.normalized);
    const namesake = credentials?.account;
    // Accounts come with their identity: this one may have come with ours since we looked.
    const since = namesake === undefined ? undefined : await findKnown(arrived, services);
    return { email, known: since, linkTo, namesake };
  });
}

async function findKnown(
  { provider, profile }: ProvenIdentity,
  { accounts, identities }: Resolving,
): Promise<Account | undefined> {
  const name = { provider: provider.id, subject: profile.subject };
  const identity = await identities().find(name);
  return identity && accounts().find(identity.accountId);
}

async function create(
  arrived: ProvenIdentity,
  email: ProviderEmail,
  services: Resolving,
): Promise<Resolution | undefined> {
  const { accounts, clock, identities, log } = services;
  const id = newAccountId();
  const account = {
    id,
    email,
    emailVerified: email.standing === 'authoritative',
    username: null,
    displayName: arrived.profile.displayName,
    passwordHash: null,
    roles: FIRST_ROLES,
    createdAt: clock(),
  };
  const identity = { ...(await written(arrived, id, services)), accountId: id, linkedAt: clock() };
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
  arrived: ProvenIdentity,
  account: Account,
  services: Resolving,
): Promise<Resolution | undefined> {
  const { clock, identities, log } = services;
  const { id: accountId } = account;
  const row = { ...(await written(arrived, accountId, services)), accountId, linkedAt: clock() };
  const isLinked = await orUnavailable('the database', async () => identities().link(row));
  if (!isLinked) return undefined;
  log({ event: 'identity.linked', level: 'security', accountId, provider: row.provider });
  return { act: 'signed_in', account };
}

async function recordUse(
  arrived: ProvenIdentity,
  accountId: AccountId,
  services: Resolving,
): Promise<void> {
  const use = { ...(await written(arrived, accountId, services)), usedAt: services.clock() };
  await orUnavailable('the database', () =>
    Promise.all([
      services.identities().recordUse(use),
      services.accounts().recordSignIn(accountId, use.usedAt),
    ]),
  );
}

type Written = IdentityName & IdentityDetails & { readonly tokensSealed: string | null };

/** What is stored of an identity, each time it is used. */
async function written(
  { provider, profile, tokens }: ProvenIdentity,
  accountId: AccountId,
  services: Resolving,
): Promise<Written> {
  const { subject, email, displayName } = profile;
  return {
    provider: provider.id,
    subject,
    email: email?.display ?? null,
    emailVerified: email !== null && email.standing !== 'unverified',
    displayName,
    tokensSealed: await sealTokens(provider, accountId, tokens, services),
  };
}

/** What is known when somebody comes back from a provider. */
export type Facts = {
  /** What the provider says of their e-mail. */
  readonly email: ProviderEmail | null;
  /** Whom their identity signs in. */
  readonly known: Account | undefined;
  /** Who is signed in here, and asked to link the identity. */
  readonly linkTo: Account | undefined;
  /** Whose e-mail the provider named. */
  readonly namesake: Account | undefined;
};

type Decision =
  | { readonly act: 'sign_in'; readonly account: Account }
  | { readonly act: 'link'; readonly account: Account }
  | { readonly act: 'create'; readonly email: ProviderEmail }
  /** An account needs an address, and the provider told none. */
  | { readonly act: 'ask_email' }
  /** The account must be signed in to with what it has, before the identity is linked to it. */
  | { readonly act: 'prove'; readonly account: Account }
  | { readonly act: 'refuse'; readonly reason: 'account_disabled' | 'linked_elsewhere' };

/**
 * Whom an identity signs in. An e-mail finds an account only where both sides have proved whose it
 * is: the provider now, as its host, and our account's owner before. Else an account could be taken by
 * naming its address at a careless provider, or laid out in advance for its victim to walk into.
 */
export function decide({ email, known, linkTo, namesake }: Facts): Decision {
  if (known !== undefined) return decideKnown(known, linkTo);
  if (linkTo !== undefined) return active('link', linkTo);
  if (email === null) return { act: 'ask_email' };
  if (namesake === undefined) return { act: 'create', email };
  const isProved = email.standing === 'authoritative' && namesake.emailVerified;
  return isProved ? active('link', namesake) : { act: 'prove', account: namesake };
}

function decideKnown(known: Account, linkTo: Account | undefined): Decision {
  const isElsewhere = linkTo !== undefined && linkTo.id !== known.id;
  return isElsewhere ? { act: 'refuse', reason: 'linked_elsewhere' } : active('sign_in', known);
}

const active = (act: 'sign_in' | 'link', account: Account): Decision =>
  account.status === 'active' ? { act, account } : { act: 'refuse', reason: 'account_disabled' };

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
  { clock, sealingKeys }: Pick<Services, 'clock' | 'sealingKeys'>,
): Promise<string | null> {
  if (!keepTokens || tokens === null) return null;
  const { accessToken, refreshToken, expiresIn } = tokens;
  const expiresAt = expiresIn === undefined ? null : clock() + expiresIn * 1_000;
  const text = JSON.stringify({ accessToken, refreshToken, expiresAt });
  return sealText(await sealingKeys(), `provider tokens v1 ${id} ${accountId}`, text);
}
