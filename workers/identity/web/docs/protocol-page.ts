import { html } from 'hono/html';

import { RESPONSE_CODES } from '../../../../shared/hub-protocol/response-codes.ts';
import { docsPage } from './docs-page.ts';

/** Documents every response code of the hub: the `type` of its problem documents points here. */
export function protocolPage(): Promise<Response> {
  const rows = Object.entries(RESPONSE_CODES).map(
    ([name, { code, status, title }]) => html`<tr id="${name}">
<th scope="row"><a href="#${name}"><code>${name}</code></a></th><td>${code}</td><td>${status}</td>
<td>${title}</td></tr>`,
  );

  return docsPage(
    'Response codes of the hub',
    html`<p>A response of the hub has its code at offset 15. Clients that offer
<code>sallyport.v1+problem</code> get a problem document (RFC 9457) with its name.</p>
<div class="scroll"><table>
<thead><tr><th scope="col">Name</th><th scope="col">Code</th><th scope="col">HTTP</th>
<th scope="col">Meaning</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>`,
  );
}
