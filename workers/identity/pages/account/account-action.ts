import type { Context, Handler } from 'hono';

import type { AppEnv } from '../../context.ts';
import type { Parameters } from '../../oauth/parameters.ts';
import { readOwnForm } from '../forms/own-form.ts';
import { findViewer, type Viewer } from '../viewer.ts';

export type AccountAction = (
  c: Context<AppEnv>,
  viewer: Viewer,
  form: Parameters,
) => Promise<Response>;

/** What a form of the account page does: only for who is signed in, only from our own page. */
export const accountAction =
  (act: AccountAction): Handler<AppEnv> =>
  async (c) => {
    const { form } = await readOwnForm(c);
    const viewer = await findViewer(c);
    return viewer === undefined ? c.redirect('/sign-in', 303) : act(c, viewer, form);
  };

type Done =
  | 'profile'
  | 'password'
  | 'session'
  | 'sessions'
  | 'application'
  | 'unlinked'
  | 'allowed'
  | 'denied';

export const backToAccount = (c: Context<AppEnv>, done: Done): Response =>
  c.redirect(`/account?done=${done}`, 303);
