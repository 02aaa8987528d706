import type { RequestContext } from '../../../kit/request.ts';
import type { Account } from '../../accounts/account.ts';
import { readBrowserId } from '../../sessions/browser-id.ts';
import { SIGN_IN_METHODS } from '../../sessions/open-user-session.ts';
import {
  type LinkPendingIdentityNeeds,
  linkPendingIdentity,
  type PendingIdentityNeeds,
  storePendingIdentity,
} from '../../social/identities/pending-identity.ts';
import type { Resolution } from '../../social/identities/resolve-identity.ts';
import type { Provider, ProviderProfile } from '../../social/providers/provider.ts';
import { findOptionalInteraction, type PendingInteractionNeeds } from '../kit/interaction.ts';
import {
  type ContinueNeeds,
  continueAfterSignIn,
  type SignInHereNeeds,
  signInHere,
} from '../sign-in/finish-sign-in.ts';
import { noticePath } from '../sign-in/social-notice.ts';

/** Somebody who signed in with a provider on a page of ours. */
export type ProviderSignIn = {
  readonly provider: Provider;
  readonly profile: ProviderProfile;
  readonly interaction: string | null;
};

export type AnswerResolutionNeeds = PendingIdentityNeeds & SignInNeeds;

/** The page that asks for the e-mail address that a provider does not tell. */
export const COMPLETE_ACCOUNT_PATH = '/create-account/complete';

/** Signs in the account that was found, or leads to the page on which what is missing is given. */
export async function answerResolution(
  c: RequestContext<AnswerResolutionNeeds>,
  { provider: { id: provider }, interaction, profile }: ProviderSignIn,
  resolution: Resolution,
): Promise<Response> {
  if (resolution.act === 'signed_in') return signIn(c, interaction, resolution.account);
  if (resolution.act === 'refuse')
    return c.redirect(noticePath('failed', provider, interaction), 303);
  const pending = { provider, profile, interaction };
  if (resolution.act === 'ask_email') {
    await storePendingIdentity(c, { ...pending, missing: 'email', accountId: null });
    return c.redirect(COMPLETE_ACCOUNT_PATH, 303);
  }
  await storePendingIdentity(c, { ...pending, missing: 'proof', accountId: resolution.account.id });
  return c.redirect(noticePath('proof', provider, interaction), 303);
}

type SignInNeeds = PendingInteractionNeeds &
  SignInHereNeeds &
  LinkPendingIdentityNeeds &
  ContinueNeeds;

async function signIn(
  c: RequestContext<SignInNeeds>,
  interaction: string | null,
  account: Account,
): Promise<Response> {
  const browser = await readBrowserId(c);
  const waiting = browser && (await findOptionalInteraction(c, interaction ?? undefined, browser));
  await signInHere(c, account, SIGN_IN_METHODS.federated);
  await linkPendingIdentity(c, account);
  return continueAfterSignIn(c, waiting, account);
}
