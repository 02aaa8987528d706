import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

import { ensureBrowserId } from '../../browser/browser-id.ts';
import { csrfToken } from '../../browser/csrf.ts';
import type { AppEnv } from '../../context.ts';
import { pageText } from '../http/page-text.ts';
import { renderPage } from '../http/render-page.tsx';
import { findViewer, type Viewer } from '../viewer.ts';
import { AccountPage, type AccountProps } from './account-page.tsx';
import { readAccountState } from './account-state.ts';

/** `GET /account?done=` */
export async function showAccount(c: Context<AppEnv>): Promise<Response> {
  const viewer = await findViewer(c);
  if (viewer === undefined) return c.redirect('/sign-in', 303);
  return renderAccount(c, viewer, { done: c.req.query('done') });
}

type Outcome = Pick<AccountProps, 'done' | 'profile' | 'password'> & {
  readonly status?: ContentfulStatusCode;
  /** Seconds. */
  readonly retryAfter?: number;
};

export async function renderAccount(
  c: Context<AppEnv>,
  viewer: Viewer,
  { done, profile, password, status, retryAfter }: Outcome,
): Promise<Response> {
  const text = pageText(c);
  const csrf = await csrfToken(await ensureBrowserId(c));
  const state = await readAccountState(c, viewer);
  return renderPage(c, {
    text,
    title: text.account.title,
    isWide: true,
    status,
    retryAfter,
    content: (
      <AccountPage
        text={text}
        csrf={csrf}
        state={state}
        done={done}
        profile={profile}
        password={password}
        identities={[]}
      />
    ),
  });
}
