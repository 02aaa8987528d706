import type { FC } from 'hono/jsx';
import type { Clock } from '../../../../shared/clock.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import { type RequestContext, requestServices } from '../../../kit/request.ts';
import type { EmailAddress } from '../../accounts/account.ts';
import {
  type CheckPasswordNeeds,
  checkPassword,
  type PasswordRefusal,
  type RecordSignInNeeds,
  recordPasswordSignIn,
} from '../../accounts/check-password.ts';
import type { Parameters } from '../../platform/parameters.ts';
import { type BrowserId, ensureBrowserId } from '../../sessions/browser-id.ts';
import { SIGN_IN_METHODS } from '../../sessions/open-user-session.ts';
import { requestOrigin } from '../../sessions/request-origin.ts';
import {
  type LinkPendingIdentityNeeds,
  linkPendingIdentity,
} from '../../social/identities/pending-identity.ts';
import { type FieldFaults, readEmail, readPassword } from '../kit/fields.ts';
import { Field } from '../kit/form.tsx';
import {
  createAccountPath,
  findOptionalInteraction,
  type PendingInteraction,
  type PendingInteractionNeeds,
} from '../kit/interaction.ts';
import { Notice } from '../kit/layout.tsx';
import { type OwnFormNeeds, readOwnForm } from '../kit/own-form.ts';
import { pageText } from '../kit/text.ts';
import { findViewer, type ViewerNeeds } from '../kit/viewer.ts';
import { mayContinueSignedIn, renderChooseAccount } from './choose-account.tsx';
import {
  EmailField,
  EntryCard,
  type EntryPageNeeds,
  type EntryProps,
  hintOf,
  renderEntryPage,
} from './entry-page.tsx';
import {
  type ContinueNeeds,
  continueAfterSignIn,
  type SignInHereNeeds,
  signInHere,
} from './finish-sign-in.ts';
import { type SocialNoticeNeeds, socialNotice } from './social-notice.ts';

type RenderSignInNeeds = EntryPageNeeds & SocialNoticeNeeds;

export type ShowSignInNeeds = RenderSignInNeeds &
  PendingInteractionNeeds &
  ViewerNeeds & { readonly clock: Clock };

/** `GET /sign-in?interaction=&account=other&notice=&provider=` */
export async function showSignIn(c: RequestContext<ShowSignInNeeds>): Promise<Response> {
  const browser = await ensureBrowserId(c);
  const waiting = await findOptionalInteraction(c, c.req.query('interaction'), browser);
  const viewer = await findViewer(c);
  if (viewer === undefined) {
    return renderSignIn(c, { browser, waiting, email: hintOf(waiting), isAgain: false });
  }
  if (c.req.query('account') === 'other') {
    return renderSignIn(c, { browser, waiting, email: '', isAgain: false });
  }
  if (waiting === undefined) return c.redirect('/account', 303);
  if (mayContinueSignedIn(waiting, viewer, c.var.services.clock)) {
    return renderChooseAccount(c, browser, waiting, viewer);
  }
  return renderSignIn(c, { browser, waiting, email: viewer.account.email, isAgain: true });
}

export type SignInNeeds = RenderSignInNeeds &
  OwnFormNeeds &
  PendingInteractionNeeds &
  CheckPasswordNeeds &
  RecordSignInNeeds &
  SignInHereNeeds &
  LinkPendingIdentityNeeds &
  ContinueNeeds;

/** `POST /sign-in` */
export async function signIn(c: RequestContext<SignInNeeds>): Promise<Response> {
  const { form, browser } = await readOwnForm(c);
  const waiting = await findOptionalInteraction(c, form.get('interaction'), browser);
  const state = { browser, waiting, email: form.get('email') ?? '', isAgain: false };
  const entered = readSignIn(form);
  if (!entered.ok) return renderSignIn(c, { ...state, faults: entered.error });

  const services = requestServices(c);
  const { ipAddress } = requestOrigin(c.req.raw.headers);
  const checked = await checkPassword({ ...entered.value, ipAddress, device: {} }, services);
  if (!checked.ok) return renderSignIn(c, { ...state, refusal: checked.error });

  const { account } = checked.value;
  await signInHere(c, account, SIGN_IN_METHODS.password);
  await linkPendingIdentity(c, account);
  c.executionCtx.waitUntil(recordPasswordSignIn(checked.value, entered.value.password, services));
  return continueAfterSignIn(c, waiting, account);
}

type SignInFaults = FieldFaults<'email' | 'password'>;
type Entered = { readonly email: EmailAddress; readonly password: string };

function readSignIn(form: Parameters): Result<Entered, SignInFaults> {
  const email = readEmail(form.get('email'));
  const password = readPassword(form.get('password'));
  if (email.ok && password.ok) return ok({ email: email.value, password: password.value });
  return err({
    ...(!email.ok && { email: email.error }),
    ...(!password.ok && { password: password.error }),
  });
}

type SignInState = {
  readonly browser: BrowserId;
  readonly waiting: PendingInteraction | undefined;
  readonly email: string;
  /** Somebody is signed in, and must prove it again or be somebody else. */
  readonly isAgain: boolean;
  readonly faults?: SignInFaults;
  /** Why e-mail and password together were refused. */
  readonly refusal?: PasswordRefusal;
};

async function renderSignIn(
  c: RequestContext<RenderSignInNeeds>,
  state: SignInState,
): Promise<Response> {
  const notice = await socialNotice(c, pageText(c, state.waiting?.interaction));
  const email = notice?.email ?? state.email;
  const { browser, waiting } = state;
  return renderEntryPage(c, { browser, waiting, ...statusOf(state) }, (entry) => ({
    title: entry.text.signIn.title,
    content: <SignInCard entry={entry} state={{ ...state, email }} notice={notice?.message} />,
  }));
}

function statusOf({ faults, refusal }: SignInState) {
  if (refusal?.reason === 'locked') return { status: 429, retryAfter: refusal.retryAfter } as const;
  if (refusal !== undefined) return { status: 401 } as const;
  return { status: faults === undefined ? 200 : 400 } as const;
}

type SignInCardProps = {
  readonly entry: EntryProps;
  readonly state: SignInState;
  /** Why a provider has sent somebody back. */
  readonly notice: string | undefined;
};

const REFUSAL_ID = 'refusal';

const SignInCard: FC<SignInCardProps> = ({ entry, state, notice }) => {
  const { text, interaction } = entry;
  return (
    <EntryCard
      entry={entry}
      title={text.signIn.title}
      action="/sign-in"
      submit={text.signIn.submit}
      notices={<Notices entry={entry} state={state} notice={notice} />}
      aside={
        <>
          {text.signIn.newHere} <a href={createAccountPath(interaction)}>{text.signIn.create}</a>
        </>
      }
    >
      <Fields entry={entry} state={state} />
    </EntryCard>
  );
};

/** Where the sign-in was refused, only the refusal is shown. */
const Notices: FC<SignInCardProps> = ({ entry: { text }, state: { isAgain, refusal }, notice }) =>
  refusal === undefined ? (
    <>
      {isAgain && <Notice tone="plain">{text.signIn.again}</Notice>}
      {notice !== undefined && <Notice tone="warning">{notice}</Notice>}
    </>
  ) : (
    <Notice tone="danger" id={REFUSAL_ID}>
      {text.refusal(refusal)}
    </Notice>
  );

const Fields: FC<Pick<SignInCardProps, 'entry' | 'state'>> = ({ entry: { text }, state }) => {
  const { email, faults = {}, refusal } = state;
  const isEmailDone = email !== '' && faults.email === undefined;
  return (
    <>
      <EmailField
        text={text}
        email={email}
        error={faults.email && text.fault[faults.email]}
        hasFocus={!isEmailDone}
      />
      <Field
        text={text}
        name="password"
        label={text.field.password}
        type="password"
        autocomplete="current-password"
        error={faults.password && text.fault[faults.password]}
        describedBy={refusal === undefined ? undefined : REFUSAL_ID}
        hasFocus={isEmailDone}
      />
    </>
  );
};
