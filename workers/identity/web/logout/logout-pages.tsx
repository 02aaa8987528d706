import { shownText } from '../../../../shared/shown-text.ts';
import type { RequestContext } from '../../../kit/request.ts';
import { redirectHost } from '../../oauth/authorize/consent.ts';
import {
  type AfterLogout,
  type LogoutRequest,
  logoutParameters,
} from '../../oauth/logout/logout-request.ts';
import { POSTED_LOGOUT } from '../../oauth/logout/posted-logouts.ts';
import type { Parameters } from '../../platform/parameters.ts';
import { ensureBrowserId } from '../../sessions/browser-id.ts';
import type { CookieNeeds } from '../../sessions/cookies.ts';
import { Form } from '../kit/form.tsx';
import { clientName } from '../kit/interaction.ts';
import { type RenderPageNeeds, renderPage } from '../kit/layout.tsx';
import { csrfToken } from '../kit/own-form.ts';
import { pageText } from '../kit/text.ts';

/**
 * Asks the user whether to sign out: another site may have sent their browser here (OpenID Connect
 * RP-Initiated Logout §2).
 */
export async function showConfirmLogout(
  c: RequestContext<RenderPageNeeds & CookieNeeds>,
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
        {redirectTo !== undefined && (
          <p>
            {text.leaving.after} <strong class="host">{shownText(redirectHost(redirectTo))}</strong>
          </p>
        )}
        <Form action="/oauth2/logout/confirm" csrf={csrf} hidden={requestFields(parameters)}>
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

/** A posted request is named; another one comes again as it came. */
function requestFields(parameters: Parameters): Readonly<Record<string, string>> {
  const posted = parameters.get(POSTED_LOGOUT);
  return posted === undefined ? logoutParameters(parameters) : { [POSTED_LOGOUT]: posted };
}

/**
 * A page that loads the logout pages of clients, so that they end the session in this browser (OpenID
 * Connect Front-Channel Logout §2). It goes on by itself where a client waits for the browser.
 */
export function showSigningOut(
  c: RequestContext<RenderPageNeeds>,
  frames: readonly URL[],
  after: AfterLogout | undefined,
): Promise<Response> {
  const text = pageText(c);
  const { title, elsewhere, goOn, signIn } = text.signedOut;
  const next =
    after === undefined
      ? { href: '/sign-in', label: signIn }
      : { href: after.redirectTo, label: goOn(clientName(after.client)) };
  return renderPage(c, {
    text,
    title,
    frames,
    goesOn: after && { to: after.redirectTo, after: 1 },
    content: (
      <section class="card">
        <h1>{title}</h1>
        <p>{elsewhere}</p>
        <a class="button" href={next.href}>
          {next.label}
        </a>
        {frames.map((frame) => (
          <iframe hidden src={frame.href} title={frame.host} />
        ))}
      </section>
    ),
  });
}

/** `GET /signed-out` */
export function showSignedOut(c: RequestContext<RenderPageNeeds>): Promise<Response> {
  const text = pageText(c);
  const { title, detail, signIn } = text.signedOut;
  return renderPage(c, {
    text,
    title,
    content: (
      <section class="card">
        <h1>{title}</h1>
        <p>{detail}</p>
        <a class="button" href="/sign-in">
          {signIn}
        </a>
      </section>
    ),
  });
}
