import { byId, element, setText } from './dom.ts';
import {
  type Field,
  frameFields,
  hexByte,
  hexRows,
  type NameOf,
  payloadText,
  summarize,
} from './frame.ts';
import type { LogEntry } from './inspector.ts';
import { fill, type Messages } from './messages.ts';

const MAX_FRAMES = 500;

/** The list of frames, newest first. It drops the oldest beyond {@link MAX_FRAMES}. */
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
    while (this.#list.childElementCount > MAX_FRAMES) this.#list.lastElementChild?.remove();
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

  /** Decodes a frame when its entry is opened, because most never are. */
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

/** How many bytes of a frame are shown. */
const MAX_BYTES = 2_048;

/** A frame's fields, bytes and payload. */
function frameView(frame: Uint8Array, nameOf: NameOf, messages: Messages): HTMLElement {
  const fields = frameFields(frame, nameOf);
  const shown = frame.subarray(0, MAX_BYTES);
  const left = frame.length - shown.length;
  const payload = payloadText(frame);
  return element(
    'div',
    { class: 'decoded' },
    fieldTable(frame, fields, messages),
    scrolling('hex', messages.rawBytes, ...hexLines(shown, fields)),
    ...(left === 0 ? [] : [element('p', {}, fill(messages.moreBytes, { count: left }))]),
    ...(payload === undefined ? [] : [scrolling('payload', messages.payloadText, payload)]),
  );
}

/** A wide element that can be focused, so that it can be scrolled by keyboard. */
const scrolling = (name: string, label: string, ...children: readonly (Node | string)[]) =>
  element('pre', { class: name, tabindex: '0', role: 'region', 'aria-label': label }, ...children);

function hexLines(bytes: Uint8Array, fields: readonly Field[]): readonly Node[] {
  return hexRows(bytes, fields).map(({ offset, runs, ascii }) => {
    const count = runs.flatMap(({ hex }) => hex.split(' ')).length;
    return element(
      'span',
      { class: 'line' },
      element('span', { class: 'muted' }, `${offset}  `),
      ...runs.flatMap(({ field, hex }) => [element('span', { class: `f-${field}` }, hex), ' ']),
      '   '.repeat(16 - count),
      element('span', { class: 'muted' }, ` ${ascii}\n`),
    );
  });
}

function fieldTable(frame: Uint8Array, fields: readonly Field[], messages: Messages): HTMLElement {
  const rows = fields.map(({ name, offset, length, value }) => {
    const last = offset + length - 1;
    const bytes = Array.from(frame.subarray(offset, offset + length), hexByte).join(' ');
    const shown = name === 'payload' ? fill(messages.bytes, { count: length }) : value;
    return element(
      'tr',
      { 'data-field': name },
      element('td', {}, last === offset ? String(offset) : `${offset}–${last}`),
      element('th', { scope: 'row' }, mark(name), messages.fields[name]),
      element('td', {}, element('code', {}, name === 'payload' ? '' : bytes), ' ', shown),
    );
  });
  const titles = [messages.offset, messages.field, messages.value];
  const heads = titles.map((title) => element('th', { scope: 'col' }, title));
  return element(
    'table',
    {},
    element('caption', {}, messages.header),
    element('thead', {}, element('tr', {}, ...heads)),
    element('tbody', {}, ...rows),
  );
}

const mark = (name: string): HTMLElement =>
  element('span', { class: `mark-of f-${name}`, 'aria-hidden': 'true' });
