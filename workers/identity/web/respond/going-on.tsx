/**
 * The way from a form of ours to an address of somebody else.
 *
 * Chromium applies the `form-action` of our page to every redirect that follows its form (CSP3 §6.4.2),
 * also to those of the client, which may lead to an app or to http on this machine. So the browser does not
 * leave by a redirect but by a page that leads on by itself, without a script: what comes after it belongs
 * to no form any more, and the page is not in the history.
 *
 * @module
 */

import { shownText } from '../../../../shared/shown-text.ts';
import type { RequestContext } from '../../../kit/request.ts';
import { redirectHost } from '../../oauth/authorize/consent.ts';
import { isOpeningPage } from '../../platform/navigation.ts';
import { isOnWeb } from '../kit/form-action.ts';
import { type RenderPageNeeds, renderPage } from '../kit/layout.tsx';
import { pageText } from '../kit/text.ts';

/**
 * Leaves for an address by a page, where the browser says that it opens pages. Programs, and browsers that
 * do not say it, are redirected, and so is everybody to an app, which a page may not open by itself.
 */
export async function goOn(c: RequestContext<RenderPageNeeds>, to: string): Promise<Response> {
  if (!isOpeningPage(c.req.raw) || !isOnWeb(new URL(to))) return seeOther(to);
  const text = pageText(c);
  const { title, detail, link } = text.goingOn;
  const page = await renderPage(c, {
    text,
    title,
    goesOn: { to, after: 0 },
    content: (
      <section class="card">
        <h1>{title}</h1>
        <p>
          {detail} <strong class="host">{shownText(redirectHost(to))}</strong>
        </p>
        <a class="button" href={to} rel="noreferrer">
          {link}
        </a>
      </section>
    ),
  });
  page.headers.set('referrer-policy', 'no-referrer');
  return page;
}

/**
 * `303`, so that the browser does not send the form of our page to the client (RFC 9700 §4.12). The URL
 * with the code must stay out of caches and `Referer` headers (RFC 9700 §4.2.4).
 */
export const seeOther = (location: string): Response =>
  new Response(null, {
    status: 303,
    headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  });
