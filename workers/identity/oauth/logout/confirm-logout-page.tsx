import type { Context } from 'hono';

import { ensureBrowserId } from '../../browser/browser-id.ts';
import { csrfToken } from '../../browser/csrf.ts';
import type { AppEnv } from '../../context.ts';
import { pageText } from '../../pages/http/page-text.ts';
import { renderPage } from '../../pages/http/render-page.tsx';
import { clientName } from '../../pages/interaction/client-name.ts';
import { Form } from '../../pages/layout/form.tsx';
import type { Parameters } from '../parameters.ts';
import { type LogoutRequest, logoutParameters } from './logout-request.ts';

/** Asks the user, whom somebody else may have sent here (OpenID Connect RP-Initiated Logout §2). */
export async function confirmLogout(
  c: Context<AppEnv>,
  parameters: Parameters,
  { client, redirectTo }: LogoutRequest,
): Promise<Response> {
  const text = pageText(c);
  const { title, by, detail, submit, stay } = text.signOut;
  const csrf = await csrfToken(await ensureBrowserId(c));
  return renderPage(c, {
    text,
    title,
    redirectUri: redirectTo,
    content: (
      <section class="card">
        <h1>{title}</h1>
        {client !== undefined && <p>{by(clientName(client))}</p>}
        <p>{detail}</p>
        <Form action="/oauth2/logout/confirm" csrf={csrf} hidden={logoutParameters(parameters)}>
          <button class="button" type="submit">
            {submit}
          </button>
        </Form>
        <a class="button quiet" href="/account">
          {stay}
        </a>
      </section>
    ),
  });
}
