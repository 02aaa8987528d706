import type { Context } from 'hono';

import type { AppEnv } from '../../context.ts';
import { pageText } from '../../pages/http/page-text.ts';
import { renderPage } from '../../pages/http/render-page.tsx';
import { clientName } from '../../pages/interaction/client-name.ts';
import type { AfterLogout } from './after-logout.ts';

/**
 * A page that loads what clients registered, so that they forget the session in this browser (OpenID
 * Connect Front-Channel Logout §2), and goes on by itself where there is somewhere to go.
 */
export function showSigningOut(
  c: Context<AppEnv>,
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
    goesOnTo: after?.redirectTo,
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
