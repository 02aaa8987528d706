/** The inspector's stylesheet, beside that of all pages. */
export const INSPECTOR_CSS = `:root{
  --f-flags:#f6d5d2;--f-channel:#fbe3c0;--f-sequence:#f4efb5;--f-guid:#cfe8d4;
  --f-message-id:#cfe3f5;--f-code:#e5d6f3
}
@media (prefers-color-scheme:dark){
  :root{
    --f-flags:#5a2b28;--f-channel:#563c17;--f-sequence:#4a4615;--f-guid:#1f4a2c;
    --f-message-id:#1d3f5c;--f-code:#432d5a
  }
}
.f-flags{background:var(--f-flags)}
.f-channel{background:var(--f-channel)}
.f-sequence{background:var(--f-sequence)}
.f-guid{background:var(--f-guid)}
.f-messageId{background:var(--f-message-id)}
.f-code{background:var(--f-code)}

.columns{display:grid;gap:1.25rem;margin-block-start:1.25rem}
.columns > *{min-inline-size:0}
h3{margin:1.25rem 0 0;font-size:1rem;font-weight:650}
.controls{display:flex;flex-wrap:wrap;gap:.6rem;margin-block-start:1rem}
.controls button{inline-size:auto;margin-block-start:0}
button:disabled{color:var(--muted);background:var(--soft);border-color:var(--line);cursor:not-allowed}
#replay:empty,#token-clock:empty,#outcome:empty{display:none}
.facts dd{min-inline-size:0;overflow-wrap:anywhere}
.facts div + div{margin-block-start:.3rem}
.facts + .field,#call p + .field{margin-block-start:1.1rem}
#call{margin-block-start:.5rem}

textarea,select{
  display:block;inline-size:100%;min-block-size:2.9rem;margin-block-start:.35rem;padding:.55rem .8rem;
  border:1px solid var(--edge);border-radius:.6rem;color:var(--ink);background:var(--field);font:inherit
}
textarea{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.875rem;resize:vertical}
select:disabled,input:disabled{color:var(--muted);background:var(--soft)}
fieldset{display:flex;flex-wrap:wrap;gap:.4rem 1.2rem;margin:1.1rem 0 0;padding:0;border:0}
legend{padding:0;font-weight:550;font-size:.9375rem}
.check{display:flex;gap:.45rem;align-items:center;font-weight:400}
.check input{inline-size:1.1rem;min-block-size:1.1rem;margin:0;accent-color:var(--accent)}
fieldset + .field{margin-block-start:1.1rem}

.targets{margin:.75rem 0 0;padding:0;list-style:none}
#endpoints{max-block-size:24rem;overflow-y:auto;border-block:1px solid var(--line)}
.target{
  margin-block-start:0;padding:.55rem .6rem;border:0;border-block-end:1px solid var(--line);border-radius:0;
  font-weight:400;text-align:start
}
.target:focus-visible{outline-offset:-2px}
.target span,.target code{display:block;overflow-wrap:anywhere}
.target code{color:var(--muted);font-size:.8rem}
.target[aria-pressed=true]{background:var(--soft);box-shadow:inset .2rem 0 var(--accent)}

.log .title{margin-block-end:0}
.log .title button{inline-size:auto;margin-inline-start:auto}
.frames{margin:.75rem 0 0;padding:0;list-style:none;font-size:.9rem}
.frames > li{border-block-start:1px solid var(--line)}
.frames details{margin:0;padding:.4rem 0;border:0}
.frames summary{inline-size:auto;color:var(--ink);overflow-wrap:anywhere}
.time,.size,.muted{color:var(--muted)}
.time{font-variant-numeric:tabular-nums}
.direction{white-space:nowrap}
.kind{padding:.05rem .45rem;border-radius:1rem;background:var(--soft);font-size:.8125rem}
.event > details .kind{color:var(--good);background:var(--good-soft)}
.control > details .kind{color:var(--warning);background:var(--warning-soft)}
.frames .name{font-weight:550}

.decoded{padding-block:.5rem .75rem}
.decoded pre{
  margin:.6rem 0 0;padding:.6rem .7rem;overflow:auto;max-block-size:22rem;border:1px solid var(--line);
  border-radius:.6rem;background:var(--field);
  font:.8125rem/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace
}
.decoded table{inline-size:100%;border-collapse:collapse}
.decoded caption{text-align:start;font-weight:550}
.decoded th,.decoded td{padding:.25rem .6rem .25rem 0;text-align:start;vertical-align:top;font-weight:400}
.decoded td:first-child,.decoded th{white-space:nowrap}
.decoded td:last-child{overflow-wrap:anywhere}
.decoded thead th{color:var(--muted)}
.mark-of{
  display:inline-block;inline-size:.8rem;block-size:.8rem;margin-inline-end:.4rem;border:1px solid var(--edge);
  border-radius:.2rem;vertical-align:-.08rem
}
@media (min-width:64rem){
  .columns{grid-template-columns:minmax(0,5fr) minmax(0,7fr);align-items:start}
  .full .card{padding:1.75rem 2rem}
}
@media (forced-colors:active){.mark-of{display:none}}
`;
