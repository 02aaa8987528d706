import type { Context } from 'hono';

import type { Result } from '../../../../shared/result.ts';
import { readBrowserId } from '../../browser/browser-id.ts';
import type { AppEnv } from '../../context.ts';
import { SIGN_IN_METHODS } from '../../sign-in/sign-in-method.ts';
import type { Authenticated } from '../../social/flow/finish-sign-in.ts';
import { type Resolution, resolveIdentity } from '../../social/identities/resolve-identity.ts';
import { linkPending } from '../../social/pending/link-pending.ts';
import { keepPending } from '../../social/pending/pending-identity.ts';
import type { Provider } from '../../social/providers/provider.ts';
import { requestServices } from '../../social/request-services.ts';
import type { SocialFault } from '../../social/social-fault.ts';
import type { SocialPurpose } from '../../social/state/social-state.ts';
import { PageError } from '../errors/page-error.ts';
import { findAnyWaiting } from '../interaction/waiting.ts';
import { leaveSignedIn } from '../sign-in/sign-in.ts';
import { signInHere } from '../sign-in/sign-in-here.ts';
import { findViewer } from '../viewer.ts';
import { completePath, noticePath, type SocialNotice } from './social-paths.ts';

export type OnPage = {
  readonly provider: Provider;
  readonly purpose: Exclude<SocialPurpose, { readonly kind: 'api' }>;
  readonly finished: Result<Authenticated, SocialFault>;
};

/** What a page of ours began at a provider comes to its end. */
export async function finishOnPage(
  c: Context<AppEnv>,
  { provider, purpose, finished }: OnPage,
): Promise<Response> {
  if (purpose.kind === 'link') return finishLink(c, provider, purpose, finished);
  const { interaction } = purpose;
  if (!finished.ok) {
    return c.redirect(noticePath(NOTICES[finished.error.reason], provider.id, interaction), 303);
  }
  const arrived = { ...finished.value, provider, linkTo: undefined };
  const resolution = await resolveIdentity(arrived, requestServices(c));
  return settle(c, { provider, interaction, ...finished.value }, resolution);
}

export type Settling = Pick<Authenticated, 'profile'> & {
  readonly provider: Provider;
  readonly interaction: string | null;
};

/** Signs in who was found, or sees to what is missing. */
export async function settle(
  c: Context<AppEnv>,
  { provider, interaction, profile }: Settling,
  resolution: Resolution,
): Promise<Response> {
  if (resolution.act === 'signed_in') return enter(c, interaction, resolution.account);
  if (resolution.act === 'refuse') {
    return c.redirect(noticePath('failed', provider.id, interaction), 303);
  }
  const pending = { provider: provider.id, profile, interaction };
  if (resolution.act === 'ask_email') {
    await keepPending(c, { ...pending, missing: 'email', accountId: null });
    return c.redirect(completePath, 303);
  }
  await keepPending(c, { ...pending, missing: 'proof', accountId: resolution.account.id });
  return c.redirect(noticePath('proof', provider.id, interaction), 303);
}

type Account = Extract<Resolution, { readonly act: 'signed_in' }>['account'];

async function enter(
  c: Context<AppEnv>,
  interaction: string | null,
  account: Account,
): Promise<Response> {
  const browser = await readBrowserId(c);
  const waiting = browser && (await findAnyWaiting(c, interaction ?? undefined, browser));
  await signInHere(c, account, SIGN_IN_METHODS.federated);
  await linkPending(c, account);
  return leaveSignedIn(c, waiting, account);
}

/** The account page asked to link an identity to who is signed in. */
async function finishLink(
  c: Context<AppEnv>,
  provider: Provider,
  { accountId }: Extract<SocialPurpose, { readonly kind: 'link' }>,
  finished: OnPage['finished'],
): Promise<Response> {
  const viewer = await findViewer(c);
  if (viewer?.account.id !== accountId) throw new PageError('interaction_over');
  if (!finished.ok) return c.redirect(`/account?problem=${NOTICES[finished.error.reason]}`, 303);
  const arrived = { ...finished.value, provider, linkTo: viewer.account };
  const { act } = await resolveIdentity(arrived, requestServices(c));
  return c.redirect(
    act === 'signed_in' ? '/account?done=linked' : '/account?problem=elsewhere',
    303,
  );
}

const NOTICES = {
  provider_unavailable: 'unavailable',
  denied: 'denied',
  provider_refused: 'failed',
  answer_invalid: 'failed',
  banned: 'banned',
} as const satisfies Record<SocialFault['reason'], SocialNotice>;
