import { describe, expect, it } from 'vitest';

import { isConfirmed } from '../../../../shared/oauth/confirmation.ts';

describe('isConfirmed', () => {
  it.each([undefined, null, {}])('asks for no key where a token is bound to none: %j', (bound) => {
    expect(isConfirmed(bound, undefined)).toBe(true);
    expect(isConfirmed(bound, { jkt: 'a', 'x5t#S256': null })).toBe(true);
  });

  it.each(['jkt', 'x5t#S256'] as const)('asks for the very key of %s', (kind) => {
    const bound = { [kind]: 'a' };
    expect(isConfirmed(bound, { [kind]: 'a' })).toBe(true);
    expect(isConfirmed(bound, { [kind]: 'b' })).toBe(false);
    expect(isConfirmed(bound, { jkt: null, 'x5t#S256': null })).toBe(false);
    expect(isConfirmed(bound, undefined)).toBe(false);
  });

  it('asks for both keys of a token that is bound to both', () => {
    const bound = { jkt: 'a', 'x5t#S256': 'b' };
    expect(isConfirmed(bound, bound)).toBe(true);
    expect(isConfirmed(bound, { jkt: 'a' })).toBe(false);
    expect(isConfirmed(bound, { 'x5t#S256': 'b' })).toBe(false);
  });
});
