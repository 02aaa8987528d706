import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { AppEnv } from '../../context.ts';
import { type BrowserId, ensureBrowserId } from '../../sessions/browser-id.ts';
import { linkToken } from '../../social/identities/link-token.ts';
import { renderPage } from '../kit/layout.tsx';
import { csrfToken } from '../kit/own-form.ts';
import { pageText } from '../kit/text.ts';
import { findViewer, type Viewer } from '../kit/viewer.ts';
import { AccountPage, type AccountProps, type IdentitiesState } from './account-page.tsx';
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

/** What signs the viewer in, and what else could. */
async function readIdentities(
  c: Context<AppEnv>,
  { account }: Viewer,
  browser: BrowserId,
): Promise<IdentitiesState> {
  const { services } = c.var;
  const { providers } = services.config.social;
  const identities = await orUnavailable('the database', async () =>
    services.identities().list(account.id),
  );
  const offers = await Promise.all(
    [...providers.values()].map(async ({ id, name }) => {
      const token = await linkToken({ provider: id, accountId: account.id, browser }, services);
      return { name, path: `/account/link/${id}?token=${token}` };
    }),
  );
  const linked = identities.map(({ provider, subject, email, displayName }) => ({
    provider,
    subject,
    providerName: providers.get(provider)?.name ?? provider,
    name: displayName ?? email ?? subject,
  }));
  return { linked, offers };
}
