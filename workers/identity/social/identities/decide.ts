import type { Account } from '../../accounts/account.ts';
import type { ProviderEmail } from '../providers/profile.ts';

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

export type Decision =
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
