import { describe, expect, it } from 'vitest';

import { newAccountId } from '../../../../../shared/ids.ts';
import type { Account } from '../../../../../workers/identity/accounts/account.ts';
import {
  needsAccount,
  userClaims,
} from '../../../../../workers/identity/oauth/tokens/user-claims.ts';

const ada: Account = {
  id: newAccountId(),
  email: 'Ada@example.test',
  emailVerified: false,
  username: 'ada',
  displayName: null,
  roles: ['user'],
  status: 'active',
  createdAt: 1_000,
  updatedAt: 2_999,
  lastLoginAt: null,
};

describe('claims about a user', () => {
  it('follow the scopes (OpenID Connect Core §5.4), without those that are not known', () => {
    expect(userClaims(ada, ['openid', 'profile'], {})).toEqual({
      preferred_username: 'ada',
      updated_at: 2,
    });
    expect(userClaims(ada, ['email'], {})).toEqual({
      email: 'Ada@example.test',
      email_verified: false,
    });
    expect(userClaims(ada, [], {})).toEqual({});
  });

  it('follow requests for single claims (§5.5)', () => {
    expect(userClaims(ada, ['openid'], { email: null, name: { essential: true } })).toEqual({
      email: 'Ada@example.test',
    });
  });

  it('are left out where another value was asked for (§5.5.1)', () => {
    const request = {
      email: { value: 'eve@example.test' },
      preferred_username: { values: ['ada'] },
    };
    expect(userClaims(ada, ['email'], request)).toEqual({
      email_verified: false,
      preferred_username: 'ada',
    });
  });

  it.each(['constructor', '__proto__', 'toString', 'roles', 'passwordHash', 'id'])(
    'never include members that are not claims: %s',
    (name) => {
      expect(userClaims(ada, [name], { [name]: null })).toEqual({});
    },
  );

  it('need the account only where one of them is requested', () => {
    expect(needsAccount({ acr: null, auth_time: { essential: true } })).toBe(false);
    expect(needsAccount({ acr: null, email: null })).toBe(true);
  });
});
