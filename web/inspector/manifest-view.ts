import type { Manifest } from '../../client/src/hub/manifest.ts';
import { byId, element, setText } from './dom.ts';
import { fill, type Messages } from './messages.ts';

/** An endpoint or a shortcut, which a call can be sent to. */
export type Target = { readonly guid: string; readonly name: string };

/** The session's manifest. A click on an entry makes it the target of the next call. */
export class ManifestView {
  readonly #filter = byId('filter', HTMLInputElement);
  readonly #endpoints = byId('endpoints', HTMLUListElement);
  readonly #shortcuts = byId('shortcuts', HTMLUListElement);
  readonly #messages: Messages;
  readonly #chosen: (target: Target) => void;
  #manifest: Manifest | undefined;
  #target: string | undefined;

  constructor(messages: Messages, chosen: (target: Target) => void) {
    this.#messages = messages;
    this.#chosen = chosen;
    this.#filter.addEventListener('input', () => this.#showEndpoints());
  }

  show(manifest: Manifest | undefined): void {
    if (manifest === undefined || manifest === this.#manifest) return;
    this.#manifest = manifest;
    this.#showFacts(manifest);
    this.#showEndpoints();
    this.#showShortcuts();
  }

  #showFacts(manifest: Manifest): void {
    const { limits } = this.#messages;
    setText(byId('session-id', HTMLElement), manifest.sessionId);
    setText(byId('version', HTMLElement), String(manifest.version));
    setText(byId('manifest-hash', HTMLElement), manifest.manifestHash ?? '');
    setText(byId('peer-guid', HTMLElement), manifest.peerGuid ?? '');
    const lines = [
      fill(limits.maxPayloadBytes, { n: manifest.limits.maxPayloadBytes }),
      fill(limits.messagesPerMinute, { n: manifest.limits.messagesPerMinute }),
      fill(limits.maxChannel, { n: manifest.limits.maxChannel }),
      fill(limits.maxInFlight, { n: manifest.limits.maxInFlight }),
    ];
    setText(byId('limits', HTMLElement), lines.join(', '));
  }

  #showEndpoints(): void {
    const all = this.#manifest?.availableApis ?? [];
    const terms = this.#filter.value.toLowerCase().split(/\s+/);
    const shown = all.filter(({ service, endpoint, serviceId, description = '' }) => {
      const text = [service, endpoint, serviceId, description].join(' ').toLowerCase();
      return terms.every((term) => text.includes(term));
    });
    setText(
      byId('endpoint-count', HTMLElement),
      fill(this.#messages.endpoints, { shown: shown.length, all: all.length }),
    );
    const items = shown.map(({ service, endpoint, serviceId, description = '' }) =>
      this.#item({ guid: serviceId, name: `${service} ${endpoint}` }, description),
    );
    this.#endpoints.replaceChildren(...items);
  }

  #showShortcuts(): void {
    const shortcuts = this.#manifest?.shortcuts ?? [];
    const items = shortcuts.map(({ name, shortcutId, expiresAt = '' }) =>
      this.#item({ guid: shortcutId, name }, expiresAt),
    );
    const none = element('li', { class: 'hint' }, this.#messages.noShortcuts);
    this.#shortcuts.replaceChildren(...(items.length === 0 ? [none] : items));
  }

  #item(target: Target, description: string): HTMLElement {
    const button = element(
      'button',
      {
        type: 'button',
        class: 'quiet target',
        'aria-pressed': String(target.guid === this.#target),
      },
      element('span', { class: 'row-name' }, target.name),
      ' ',
      element('span', { class: 'hint' }, description),
      ' ',
      element('code', {}, target.guid),
    );
    button.addEventListener('click', () => {
      this.#target = target.guid;
      for (const other of document.querySelectorAll('.target')) {
        other.setAttribute('aria-pressed', String(other === button));
      }
      this.#chosen(target);
    });
    return element('li', {}, button);
  }
}
