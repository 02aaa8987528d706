import { html } from 'hono/html';
import type { ApiDescription } from '../../../../shared/contracts/http/worker-rpc.ts';
import { docsPage, type Markup } from './docs-page.ts';

type Json = Readonly<Record<string, unknown>>;
type Operation = { readonly method: string; readonly path: string; readonly details: Json };

const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete']);

/** `/docs`: shows `/openapi.json`, which only the edge knows, without a script. */
export function apiPage({ document, missing }: ApiDescription): Promise<Response> {
  const operations = operationsOf(document.paths);
  const tags = [...new Set(operations.map(tagOf))].toSorted();
  const sections = tags.map((tag) => {
    const own = operations.filter((operation) => tagOf(operation) === tag);
    return html`<section aria-label="${tag}"><h2>${tag}</h2>${own.map(operationView)}</section>`;
  });
  const schemas = Object.entries(record(document.components?.['schemas']));
  return docsPage(
    'API',
    html`<p>Version ${document.info.version}, OpenAPI ${document.openapi}. This page describes what
runs.</p>
${missing.map((name) => html`<p role="status">Not described at the moment: ${name}.</p>`)}
${sections}
<section aria-label="Schemas"><h2>Schemas</h2>
${schemas.map(
  ([name, schema]) => html`<details id="schema-${name}"><summary><code>${name}</code></summary>
<div>${source(schema)}</div></details>`,
)}</section>`,
  );
}

function operationsOf(paths: Json): readonly Operation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(record(item))
      .filter(([method]) => METHODS.has(method))
      .map(([method, details]) => ({
        method: method.toUpperCase(),
        path,
        details: record(details),
      })),
  );
}

function tagOf({ details }: Operation): string {
  const [tag] = list(details['tags']);
  return typeof tag === 'string' ? tag : 'other';
}

function operationView({ method, path, details }: Operation): Markup {
  const responses = Object.entries(record(details['responses']));
  return html`<details>
<summary><span class="method">${method}</span> <code>${path}</code> ${text(details['summary'])}</summary>
<div>
${paragraph(details['description'])}
${list(details['parameters']).map(parameterView)}
${details['requestBody'] === undefined ? '' : html`<h3>Request</h3>${source(details['requestBody'])}`}
<h3>Responses</h3>
<div class="scroll"><table><tbody>
${responses.map(
  ([status, response]) => html`<tr><th scope="row">${status}</th>
<td>${text(record(response)['description'])}${content(record(response)['content'])}</td></tr>`,
)}
</tbody></table></div>
</div>
</details>`;
}

function parameterView(parameter: unknown): Markup {
  const { name, in: place, description, required } = record(parameter);
  return html`<p><code>${text(name)}</code> (${text(place)}${required === true ? ', required' : ''})
${text(description)}</p>`;
}

const paragraph = (value: unknown) => (value === undefined ? '' : html`<p>${text(value)}</p>`);
const content = (value: unknown) => (value === undefined ? '' : source(value));
const source = (value: unknown): Markup =>
  html`<pre tabindex="0"><code>${JSON.stringify(value, undefined, 2)}</code></pre>`;

const record = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? { ...value } : {};
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
