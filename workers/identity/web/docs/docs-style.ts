/** The stylesheet of the documentation pages, the edge's too: light or dark, as the reader's system is. */
const DOCS_CSS = `:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--soft:#f3f5f7;--line:#d5dae0;--link:#0b57b7}
@media (prefers-color-scheme:dark){:root{--ink:#e4e8ec;--paper:#14171a;--soft:#1f2429;--line:#39414a;--link:#8cbcff}}
*{box-sizing:border-box}
body{margin:0;color:var(--ink);background:var(--paper);font:1rem/1.6 system-ui,sans-serif}
header,main{max-width:62rem;margin:auto;padding:1rem}
header{display:flex;gap:1.5rem;align-items:baseline;flex-wrap:wrap;border-bottom:1px solid var(--line)}
.name{font-weight:700;margin:0}
nav a{margin-right:1rem}
a{color:var(--link)}
a:focus-visible,summary:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.5rem}
h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}
details{border:1px solid var(--line);border-radius:.4rem;margin:.5rem 0;background:var(--soft)}
summary{padding:.5rem .75rem;cursor:pointer;overflow-wrap:anywhere}
details>div{padding:0 .75rem .75rem}
.method{display:inline-block;min-width:4.5rem;font-weight:700}
code,pre{font-family:ui-monospace,monospace;font-size:.9em}
pre{overflow:auto;padding:.75rem;background:var(--paper);border:1px solid var(--line);border-radius:.3rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
tr:target{background:var(--soft)}
`;

/** `GET /docs/style.css` */
export const answerDocsStyle = (): Response =>
  new Response(DOCS_CSS, {
    headers: { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'public, max-age=3600' },
  });
