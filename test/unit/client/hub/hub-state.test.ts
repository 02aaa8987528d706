import { describe, expect, it } from 'vitest';

import { SallyportError } from '../../../../client/src/common/errors.ts';
import { afterClose, closeCodeOf } from '../../../../client/src/hub/hub-state.ts';
import { CloseCode } from '../../../../shared/hub-protocol/close-codes.ts';

describe('afterClose', () => {
  it.each([1000, 1001, 1005, 1006, 1011, 1012, 4000, 4399, 4408, 4450, 4499])(
    'reconnects after %i',
    (code) => {
      expect(afterClose(code)).toBe('reconnect');
    },
  );

  it('renews the token where the old one is refused', () => {
    expect(afterClose(CloseCode.unauthorized)).toBe('renew_token');
  });

  it.each([4400, 4403, 4409, 4413, 4429, 4449])('stays closed after %i', (code) => {
    expect(afterClose(code)).toBe('stay_closed');
  });
});

describe('closeCodeOf', () => {
  it.each([
    ['unreachable', undefined, undefined],
    ['unreachable', 502, undefined],
    ['NOT_FOUND', 404, undefined],
    ['AUTH_TOKEN_EXPIRED', 401, 'renew_token'],
    ['AUTHZ_DENIED', 403, 'stay_closed'],
    ['RATE_LIMITED', 429, 'reconnect'],
    ['SERVICE_UNAVAILABLE', 503, 'reconnect'],
  ] as const)('of %s (%s) leads to %s', (code, status, next) => {
    const closed = closeCodeOf(new SallyportError(code, { status }));
    expect(closed === undefined ? undefined : afterClose(closed)).toBe(next);
  });
});
