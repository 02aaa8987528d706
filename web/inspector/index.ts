/**
 * The script of `/connect/inspector`, a client of the hub that shows every frame.
 *
 * The build bundles it into the static assets of the Worker that serves the page.
 *
 * @module
 */

import { CallForm } from './call-form.ts';
import { Controls } from './controls.ts';
import { byId } from './dom.ts';
import { GuidNames } from './guid-names.ts';
import { Inspector } from './inspector.ts';
import { LogView } from './log-view.ts';
import { ManifestView } from './manifest-view.ts';
import type { Messages } from './messages.ts';
import { fetchToken, openSocket } from './transport.ts';

/** Milliseconds. The hub closes a connection that is idle for 30 minutes, and routers do so sooner. */
const KEEP_ALIVE = 25_000;
const SECOND = 1_000;

const { messages: text = '', csrf = '', connectUrl = '' } = byId('inspector', HTMLElement).dataset;
const messages: Messages = JSON.parse(text);
const guidNames = new GuidNames(messages);
const log = new LogView(guidNames.nameOf, messages);

const inspector = new Inspector({
  connectUrl,
  openSocket,
  guidNames,
  fetchToken: () => fetchToken(csrf),
  now: () => performance.now(),
  logged: (entry) => log.add(entry),
  changed: () => show(),
});
const form = new CallForm(inspector, messages);
const controls = new Controls(inspector, messages);
const manifest = new ManifestView(messages, (target) => void form.choose(target));

function show(): void {
  controls.show();
  form.show();
  manifest.show(inspector.manifest);
}

setInterval(() => controls.showClock(), SECOND);
setInterval(() => inspector.state.name === 'open' && inspector.ping(), KEEP_ALIVE);
void inspector.connect();
