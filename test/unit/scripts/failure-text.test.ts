import { describe, expect, it } from 'vitest';

import { failureText } from '../../../scripts/command/failure-text.ts';

const system = (code: string, more: object = {}) =>
  Object.assign(new Error(`${code}: something, open 'x'`), { code, ...more });

describe('failureText()', () => {
  it.each([
    ['ENOSPC', 'the disk is full: free some space'],
    ['EROFS', 'the file system is read-only: choose another folder'],
    ['EACCES', 'permission is denied'],
    ['ENOTDIR', 'a file is where a folder should be'],
  ])('says for %s what is wrong with a path, and what to do, in one line', (code, text) => {
    const shown = failureText(system(code, { path: '/data' }));
    expect(shown).toMatch(/^\/data: [^\n]*$/);
    expect(shown).toContain(text);
  });

  it('adds the cause once, and no stack', () => {
    const cause = new Error('connect ECONNREFUSED');
    expect(failureText(new Error('Cannot connect', { cause }))).toBe(
      'Cannot connect (connect ECONNREFUSED)',
    );
    expect(failureText(new Error('Cannot connect: connect ECONNREFUSED', { cause }))).toBe(
      'Cannot connect: connect ECONNREFUSED',
    );
  });

  it('adds nothing to whole sentences', () => {
    const cause = new Error('EEXIST');
    expect(failureText(new Error('It exists. Remove it.', { cause }))).toBe(
      'It exists. Remove it.',
    );
  });

  it('shows the stack of a programming error', () => {
    expect(failureText(new TypeError('x is not a function'))).toContain('failure-text.test.ts');
  });
});
