import { element } from './dom.ts';
import { fill } from './fill.ts';
import { type Field, frameFields, hexByte, type NameOf } from './frame-fields.ts';
import { hexRows } from './hex-rows.ts';
import type { Messages } from './messages.ts';
import { payloadText } from './payload-text.ts';

/** Bytes that are shown one by one. */
const MOST_BYTES = 2_048;

/** A frame byte by byte, and what its fields say. */
export function frameView(frame: Uint8Array, nameOf: NameOf, messages: Messages): HTMLElement {
  const fields = frameFields(frame, nameOf);
  const shown = frame.subarray(0, MOST_BYTES);
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

/** Something wide: who has no pointer scrolls it with the keyboard. */
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
