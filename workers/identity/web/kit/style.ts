/** The stylesheet of the pages. `brandCss` defines its colours. */
export const STYLE_CSS = `*,::before,::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{
  margin:0;min-height:100vh;min-height:100dvh;padding:1.5rem 1rem 3rem;
  color:var(--ink);background:var(--ground);
  font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;
  overflow-wrap:break-word
}
.brand,main{width:100%;margin-inline:auto}
.narrow .brand,.narrow main{max-width:26rem}
.wide .brand,.wide main{max-width:44rem}
.full .brand,.full main{max-width:84rem}
.narrow .brand{justify-content:center}

.brand{display:flex;align-items:center;gap:.65rem;margin-block:0 1.5rem;font-weight:600;letter-spacing:-.01em}
.mark{
  display:grid;place-items:center;inline-size:2.1rem;block-size:2.3rem;padding-block-start:.15rem;
  border-radius:1.05rem 1.05rem .4rem .4rem;color:var(--on-accent);background:var(--accent);font-weight:700
}
.brand-name{font-size:1.1rem}
.logo{max-block-size:2.5rem;max-inline-size:14rem}

.card{
  padding:1.5rem 1.25rem;border:1px solid var(--line);border-radius:1rem;background:var(--card);
  box-shadow:0 1px 2px rgb(0 0 0/.04),0 10px 30px -14px rgb(0 0 0/.14)
}
.card + .card{margin-block-start:1.25rem}
h1,h2{margin:0;line-height:1.25;letter-spacing:-.015em;text-wrap:balance}
h1{font-size:1.5rem;font-weight:650}
h2{font-size:1.1rem;font-weight:650}
p{margin:.75rem 0 0}
.lead{margin-block-start:.35rem;color:var(--muted)}
.hint{color:var(--muted);font-size:.875rem}
.aside{margin-block-start:1.25rem;color:var(--muted);font-size:.9375rem;text-align:center}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em}

a{color:var(--accent-text);text-underline-offset:.18em;text-decoration-thickness:.07em}
a:hover{text-decoration-thickness:.14em}
:focus-visible{outline:2px solid var(--accent-text);outline-offset:2px;border-radius:.3rem}

form{margin:1.5rem 0 0}
.title form,.rows form{margin:0}
.field{margin-block-start:1.1rem}
.field:first-of-type{margin-block-start:0}
.label{display:flex;justify-content:space-between;align-items:baseline;gap:1rem}
label{font-weight:550;font-size:.9375rem}
input{
  display:block;inline-size:100%;min-block-size:2.9rem;margin-block-start:.35rem;padding:.55rem .8rem;
  border:1px solid var(--edge);border-radius:.6rem;color:var(--ink);background:var(--field);font:inherit
}
input[type=hidden],input[hidden]{display:none}
input:focus-visible{outline-offset:1px;border-color:var(--accent-text)}
input[aria-invalid]{border-color:var(--danger);box-shadow:0 0 0 1px var(--danger)}
.field .hint,.field-error{margin-block-start:.35rem}
.field-error{color:var(--danger);font-size:.9375rem}
input.code{
  font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:1.4rem;letter-spacing:.12em;
  text-align:center;text-transform:uppercase
}

button,.button{
  display:block;inline-size:100%;min-block-size:2.9rem;margin-block-start:1.4rem;padding:.6rem 1.2rem;
  border:1px solid var(--accent);border-radius:.6rem;color:var(--on-accent);background:var(--accent);
  font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer
}
button:hover,.button:hover{background:var(--accent-hover);border-color:var(--accent-hover)}
.quiet{color:var(--ink);background:transparent;border-color:var(--edge)}
.quiet:hover{color:var(--ink);background:var(--soft);border-color:var(--edge)}
.small{min-block-size:2.25rem;padding:.3rem .85rem;font-size:.9rem}
.buttons{display:grid;grid-template-columns:1fr 1fr;gap:.75rem}
.buttons button{margin-block-start:0}
.wide button,.wide .button{inline-size:auto;min-inline-size:8rem}
.wide .small,.title button{min-inline-size:0}
.rows button,.rows .button,.title button{margin-block-start:0;white-space:nowrap}

.notice{
  margin-block-start:1.1rem;padding:.8rem 1rem;border:1px solid transparent;
  border-inline-start:.25rem solid var(--edge);border-radius:.6rem;background:var(--soft);font-size:.9375rem
}
.notice p{margin-block-start:.4rem}
.notice p:first-child{margin-block-start:0}
.notice.danger{color:var(--danger);background:var(--danger-soft);border-inline-start-color:currentColor}
.notice.good{color:var(--good);background:var(--good-soft);border-inline-start-color:currentColor}
.notice.warning{background:var(--warning-soft);border-inline-start-color:var(--warning)}
.notice.warning p:first-child{color:var(--warning)}
.host{overflow-wrap:anywhere}
.notice + .card{margin-block-start:1.25rem}

.avatar{
  display:grid;place-items:center;inline-size:3.25rem;block-size:3.25rem;margin:0 0 1rem;
  border:1px solid var(--line);border-radius:1rem;background:var(--soft);font-size:1.4rem;font-weight:650
}
.avatar + h1{font-size:1.35rem}
.card > h2:not(:first-child){margin-block-start:1.5rem;font-size:1rem}
.permissions{margin:.75rem 0 0;padding:0;list-style:none}
.permissions > li{position:relative;padding-inline-start:1.6rem;margin-block-start:.55rem}
.permissions > li::before{
  content:"";position:absolute;inset-inline-start:.2rem;inset-block-start:.42rem;inline-size:.42rem;block-size:.72rem;
  border:solid var(--accent-text);border-width:0 2px 2px 0;transform:rotate(45deg)
}
.detail p{margin:0}
.detail dl{
  margin:.5rem 0 0;padding:.6rem .8rem;border:1px solid var(--line);border-radius:.6rem;background:var(--soft);
  font-size:.9rem
}
.detail dl dl{padding:.1rem 0 .1rem .8rem;border-width:0 0 0 1px;border-radius:0}
.detail dt,.facts dt{color:var(--muted)}
.detail dt::first-letter{text-transform:uppercase}
.detail dd,.facts dd{margin:0}
.detail ul{margin:0;padding-inline-start:1.1rem}
.detail div + div{margin-block-start:.4rem}
.links{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;justify-content:center;font-size:.9rem}
.links:empty{display:none}

.or{display:flex;align-items:center;gap:.8rem;margin-block:1.4rem 0;color:var(--muted);font-size:.9rem}
.or::before,.or::after{content:"";flex:1;border-block-start:1px solid var(--line)}
.providers .button{margin-block-start:.75rem}
.offers{display:flex;flex-wrap:wrap;gap:.75rem;margin-block:1.2rem 0}
.offers:empty{display:none}
.offers .button{inline-size:auto;margin-block-start:0}

.binding-message{
  margin-block-start:.5rem;padding:.8rem;border-radius:.6rem;background:var(--soft);font-weight:650;
  overflow-wrap:anywhere
}
.place{margin-block-start:1.25rem;font-size:1.35rem;font-weight:650}
.place + p{margin-block-start:.25rem;color:var(--muted)}
.user-code{
  margin-block-start:.5rem;padding:.8rem;border-radius:.6rem;background:var(--soft);text-align:center;
  font:650 1.6rem/1.2 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;letter-spacing:.14em
}

.title{display:flex;flex-wrap:wrap;gap:1rem;justify-content:space-between;align-items:center;margin-block-end:1.25rem}
.title .lead{margin-block-end:0}
.facts{margin:1rem 0 0}
.badge{
  display:inline-block;padding:.05rem .55rem;border:1px solid var(--line);border-radius:1rem;color:var(--muted);
  font-size:.8125rem;font-weight:500;white-space:nowrap
}
.badge.good{color:var(--good);background:var(--good-soft);border-color:transparent}
.rows{margin:.5rem 0 0;padding:0;list-style:none}
.rows > li{
  display:flex;flex-wrap:wrap;gap:.75rem 1rem;justify-content:space-between;align-items:flex-start;
  padding-block:1rem;border-block-end:1px solid var(--line)
}
.rows > li:last-child{border-block-end:0;padding-block-end:0}
.row-text{flex:1 1 14rem;min-inline-size:0}
.row-text p{margin:0}
.row-name{font-weight:550}
.rows .permissions{font-size:.9375rem}

details{margin-block-start:1.5rem;border-block-start:1px solid var(--line);padding-block-start:1rem;font-size:.9rem}
.rows details{margin-block-start:.35rem;border:0;padding:0}
summary{inline-size:fit-content;color:var(--muted);cursor:pointer}
details dl{margin:.6rem 0 0}
details dt{color:var(--muted)}
details dd{margin:0 0 .4rem;overflow-wrap:anywhere}

@media (min-width:40rem){
  body{padding-block:3.5rem 4rem}
  .narrow .card{padding:2.25rem 2.25rem 2rem}
  .wide .card{padding:1.75rem 2rem}
  .facts div{display:flex;gap:1rem}
  .pair{display:grid;grid-template-columns:1fr 1fr;gap:1.5rem}
  .pair .field{margin-block-start:0}
}
@media (prefers-color-scheme:dark){.card{box-shadow:none}}
@media (forced-colors:active){.mark{border:1px solid}}
@media print{.card{box-shadow:none}}
`;
