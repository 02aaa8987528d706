import { OpenAPIHono } from '@hono/zod-openapi';
import { html } from 'hono/html';

import { RESPONSE_CODES } from '../../../shared/hub-protocol/response-codes.ts';
import { docsPage } from '../../kit/docs-page.ts';
import type { RequestEnv } from '../../kit/request.ts';

/** The page to which the `type` of a problem document of the hub leads: it has an anchor for each code. */
export function protocolPage(): OpenAPIHono<RequestEnv<unknown>> {
  const app = new OpenAPIHono<RequestEnv<unknown>>();
  app.get('/protocol', () => docsPage('Response codes of the hub', RESPONSE_CODES_TABLE));
  return app;
}

const rows = Object.entries(RESPONSE_CODES).map(
  ([name, { code, status, title }]) => html`<tr id="${name}">
<th scope="row"><a href="#${name}"><code>${name}</code></a></th><td>${code}</td><td>${status}</td>
<td>${title}</td></tr>`,
);

const RESPONSE_CODES_TABLE = html`<p>A response of the hub has its code at offset 15. Clients that offer
<code>sallyport.v1+problem</code> get a problem document (RFC 9457) with its name.</p>
<div class="scroll"><table>
<thead><tr><th scope="col">Name</th><th scope="col">Code</th><th scope="col">HTTP</th>
<th scope="col">Meaning</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>`;
