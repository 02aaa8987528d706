import { html, raw } from 'hono/html';

/** What may stand in a page: text is escaped, markup made by `html` is not. */
export type Markup = ReturnType<typeof html>;

/** A page loads its stylesheet and nothing else, and nobody may frame it. */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': POLICY,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'public, max-age=60',
};

/** Answers with a page of the documentation, in the frame of all of them. */
export async function docsPage(title: string, content: Markup): Promise<Response> {
  const page = html`${raw('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} – Sallyport</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<p class="name">Sallyport</p>
<nav aria-label="Documentation">
<a href="/docs">API</a> <a href="/docs/errors">Errors</a> <a href="/docs/protocol">Hub</a>
<a href="/openapi.json">openapi.json</a>
</nav>
</header>
<main id="content">
<h1>${title}</h1>
${content}
</main>
</body>
</html>`;
  return new Response(String(await page), { headers: HEADERS });
}
