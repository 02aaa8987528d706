import { html } from 'hono/html';

import { ERROR_CODES } from '../../../../shared/contracts/http/error-codes.ts';
import { docsPage } from './docs-page.ts';

/** Documents every error code. The `type` of a problem document links to it. */
export function errorsPage(): Promise<Response> {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { status, title }]) => html`<tr id="${code}">
<th scope="row"><a href="#${code}"><code>${code}</code></a></th><td>${status}</td><td>${title}</td>
</tr>`,
  );
  return docsPage(
    'Errors',
    html`<p>An error is a problem document (RFC 9457). Switch on its <code>code</code>; the other
texts may change.</p>
<div class="scroll"><table>
<thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">Meaning</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>`,
  );
}
