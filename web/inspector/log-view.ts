import { byId, element, setText } from './dom.ts';
import { fill } from './fill.ts';
import type { NameOf } from './frame-fields.ts';
import { frameView } from './frame-view.ts';
import type { LogEntry } from './inspector.ts';
import type { Messages } from './messages.ts';
import { summarize } from './summary.ts';

const MOST_FRAMES = 500;

/** The frames, the newest first. The oldest make room. */
export class LogView {
  readonly #list = byId('frames', HTMLOListElement);
  readonly #count = byId('frame-count', HTMLElement);
  readonly #nameOf: NameOf;
  readonly #messages: Messages;

  constructor(nameOf: NameOf, messages: Messages) {
    this.#nameOf = nameOf;
    this.#messages = messages;
    byId('clear', HTMLButtonElement).addEventListener('click', () => this.#clear());
    this.#showCount();
  }

  add(entry: LogEntry): void {
    this.#list.prepend(this.#item(entry));
    while (this.#list.childElementCount > MOST_FRAMES) this.#list.lastElementChild?.remove();
    this.#showCount();
  }

  #clear(): void {
    this.#list.replaceChildren();
    this.#showCount();
  }

  #showCount(): void {
    setText(this.#count, fill(this.#messages.frames, { count: this.#list.childElementCount }));
  }

  #item({ direction, frame }: LogEntry): HTMLElement {
    const { kind, name } = summarize(frame, this.#nameOf);
    const length = typeof frame === 'string' ? new Blob([frame]).size : frame.length;
    const parts = [
      element('span', { class: 'time' }, timeOf(new Date())),
      element('span', { class: 'direction' }, this.#messages.directions[direction]),
      element('span', { class: 'kind' }, this.#messages.kinds[kind]),
      element('span', { class: 'name' }, name),
      element('span', { class: 'size' }, fill(this.#messages.bytes, { count: length })),
    ];
    const summary = element('summary', {}, ...parts.flatMap((part) => [part, ' ']));
    const details = element('details', {}, summary);
    details.addEventListener('toggle', () => this.#decode(details, frame));
    return element('li', { class: `frame ${direction} ${kind}` }, details);
  }

  /** Only once somebody looks: most frames are never opened. */
  #decode(details: HTMLDetailsElement, frame: Uint8Array | string): void {
    if (!details.open || details.childElementCount > 1) return;
    details.append(
      typeof frame === 'string'
        ? element('p', { class: 'hint' }, this.#messages.textFrame)
        : frameView(frame, this.#nameOf, this.#messages),
    );
  }
}

/** `14:05:59.123` */
function timeOf(date: Date): string {
  const [hours = '', minutes = '', seconds = ''] = [
    date.getHours(),
    date.getMinutes(),
    date.getSeconds(),
  ].map((part) => String(part).padStart(2, '0'));
  return `${hours}:${minutes}:${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
