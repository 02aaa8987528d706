import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

import { ensureBrowserId } from '../../browser/browser-id.ts';
import { csrfToken } from '../../browser/csrf.ts';
import type { AppEnv } from '../../context.ts';
import { pageText } from '../http/page-text.ts';
import { renderPage } from '../http/render-page.tsx';
import { readIdentities } from '../social/linked-identities.ts';
import { findViewer, type Viewer } from '../viewer.ts';
import { AccountPage, type AccountProps } from './account-page.tsx';
import { readAccountState } from './account-state.ts';

/** `GET /account?done=&problem=` */
export async function showAccount(c: Context<AppEnv>): Promise<Response> {
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

export async function renderAccount(
  c: Context<AppEnv>,
  viewer: Viewer,
  { done, problem, profile, password, status, retryAfter }: Outcome,
): Promise<Response> {
  const text = pageText(c);
  const browser = await ensureBrowserId(c);
  const csrf = await csrfToken(browser);
  const state = await readAccountState(c, viewer);
  const identities = await readIdentities(c, viewer, browser);
  return renderPage(c, {
    text,
    title: text.account.title,
    width: 'wide',
    status,
    retryAfter,
    content: (
      <AccountPage
        text={text}
        csrf={csrf}
        state={state}
        done={done}
        problem={problem}
        profile={profile}
        password={password}
        identities={identities}
      />
    ),
  });
}
