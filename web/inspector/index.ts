/**
 * The script of `/connect/inspector`: a client of the hub that shows everything it does.
 *
 * The build bundles it into the static assets of the Worker that serves the page.
 *
 * @module
 */

import { CallForm } from './call-form.ts';
import { Controls } from './controls.ts';
import { Directory } from './directory.ts';
import { byId } from './dom.ts';
import { openSocket } from './hub-socket.ts';
import { Inspector } from './inspector.ts';
import { LogView } from './log-view.ts';
import { ManifestView } from './manifest-view.ts';
import { fetchToken } from './token-source.ts';
import type { Words } from './words.ts';

/** Milliseconds. The hub closes who says nothing for 30 minutes; routers forget sooner. */
const KEEP_ALIVE = 25_000;
const SECOND = 1_000;

const { words: text = '', csrf = '', connectUrl = '' } = byId('inspector', HTMLElement).dataset;
const words: Words = JSON.parse(text);
const directory = new Directory(words);
const log = new LogView(directory.nameOf, words);

const inspector = new Inspector({
  connectUrl,
  openSocket,
  directory,
  fetchToken: () => fetchToken(csrf),
  now: () => performance.now(),
  logged: (entry) => log.add(entry),
  changed: () => show(),
});
const form = new CallForm(inspector, words);
const controls = new Controls(inspector, words);
const manifest = new ManifestView(words, (target) => void form.choose(target));

function show(): void {
  controls.show();
  form.show();
  manifest.show(inspector.manifest);
}

setInterval(() => controls.showClock(), SECOND);
setInterval(() => inspector.state.name === 'open' && inspector.ping(), KEEP_ALIVE);
void inspector.connect();
