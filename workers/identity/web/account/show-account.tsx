import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type RequestContext, requestServices } from '../../../kit/request.ts';
import { ensureBrowserId } from '../../sessions/browser-id.ts';
import type { CookieNeeds } from '../../sessions/cookies.ts';
import { type RenderPageNeeds, renderPage } from '../kit/layout.tsx';
import { csrfToken } from '../kit/own-form.ts';
import { pageText } from '../kit/text.ts';
import { findViewer, type Viewer, type ViewerNeeds } from '../kit/viewer.ts';
import { AccountPage, type AccountProps } from './account-page.tsx';
import { type AccountStateNeeds, readAccountState } from './account-state.ts';

export type RenderAccountNeeds = RenderPageNeeds & CookieNeeds & AccountStateNeeds;
export type ShowAccountNeeds = RenderAccountNeeds & ViewerNeeds;

/** `GET /account?done=&problem=` */
export async function showAccount(c: RequestContext<ShowAccountNeeds>): Promise<Response> {
  const viewer = await findViewer(c);
  if (viewer === undefined) return c.redirect('/sign-in', 303);
  const { done, problem } = c.req.query();
  return renderAccount(c, viewer, { done, problem });
}

type Outcome = Pick<AccountProps, 'done' | 'problem' | 'profile' | 'password'> & {
  readonly status?: ContentfulStatusCode;
  /** Seconds. */
  readonly retryAfter?: number;
};

/** Answers with the account page, which says what the form that was sent has done. */
export async function renderAccount(
  c: RequestContext<RenderAccountNeeds>,
  viewer: Viewer,
  { status, retryAfter, ...outcome }: Outcome,
): Promise<Response> {
  const text = pageText(c);
  const browser = await ensureBrowserId(c);
  const csrf = await csrfToken(browser);
  const state = await readAccountState(viewer, browser, requestServices(c));
  return renderPage(c, {
    text,
    title: text.account.title,
    width: 'wide',
    status,
    retryAfter,
    content: <AccountPage text={text} csrf={csrf} state={state} {...outcome} />,
  });
}
