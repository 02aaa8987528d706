import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import { CloseCode } from '../../shared/hub-protocol/close-codes.ts';
import { Flag } from '../../shared/hub-protocol/flags.ts';
import { RESPONSE_CODES } from '../../shared/hub-protocol/response-codes.ts';

const page = readFileSync('docs/protocol.md', 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('|'));

describe('docs/protocol.md', () => {
  it.each(Object.entries(RESPONSE_CODES))('names the response %s', (name, { code }) => {
    expect(rows.some((row) => row.includes(name) && row.includes(String(code)))).toBe(true);
  });

  it.each(Object.entries(CloseCode))('names the close code of %s: %i', (_, code) => {
    expect(rows.some((row) => row.startsWith(`| ${code} `))).toBe(true);
  });

  it.each(Object.entries(Flag))('names the flag %s', (name, flag) => {
    const hex = `0x${flag.toString(16).padStart(2, '0')}`;
    expect(rows.some((row) => row.startsWith(`| ${hex} ${name} |`))).toBe(true);
  });
});
