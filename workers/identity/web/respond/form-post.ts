import { html, raw } from 'hono/html';

import { sha256, utf8 } from '../../../../shared/bytes.ts';
import type { ResponseMembers } from '../../oauth/authorize/authorization-request.ts';
import { chooseText } from '../kit/text.ts';

const SCRIPT = 'document.forms[0].submit()';

/**
 * A page whose form sends itself to the client (OAuth 2.0 Form Post Response Mode §2). The policy allows
 * its one script by hash; where scripts do not run, the user presses the button.
 */
export async function formPostPage(
  redirectUri: string,
  members: ResponseMembers,
): Promise<Response> {
  const { lang, formPost } = chooseText([], undefined);
  const fields = Object.entries(members).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  const page = await html`${raw('<!doctype html>')}
    <html lang="${lang}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${formPost.title}</title>
      </head>
      <body>
        <main>
          <form method="post" action="${redirectUri}">
            ${fields}
            <button type="submit">${formPost.button}</button>
          </form>
        </main>
        <script>${raw(SCRIPT)}</script>
      </body>
    </html>`;
  return new Response(String(page), { headers: await pageHeaders() });
}

/**
 * There is no `form-action`: it would apply to the redirects of the client, too (CSP3 §6.4.2), and the page
 * has no form but the one that goes to the client's registered address.
 */
const pageHeaders = async (): Promise<Record<string, string>> => ({
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'content-security-policy': [
    "default-src 'none'",
    `script-src 'sha256-${(await sha256(utf8(SCRIPT))).toBase64()}'`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
});
