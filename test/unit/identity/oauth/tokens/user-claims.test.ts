import { describe, expect, it } from 'vitest';

import { newAccountId } from '../../../../../shared/ids.ts';
import { type Account, detailsOf } from '../../../../../workers/identity/accounts/account.ts';
import {
  needsAccount,
  roleClaims,
  userClaims,
} from '../../../../../workers/identity/oauth/tokens/user-claims.ts';

const ada: Account = {
  id: newAccountId(),
  email: 'Ada@example.test',
  emailVerified: false,
  username: 'ada',
  displayName: null,
  ...detailsOf({}),
  roles: ['user'],
  status: 'active',
  version: 0,
  credentialsVersion: 0,
  createdAt: 1_000,
  updatedAt: 2_999,
  lastLoginAt: null,
};

describe('claims about a user', () => {
  it('follow the scopes (OpenID Connect Core §5.4), without those that are not known', () => {
    expect(userClaims(ada, ['openid', 'profile'], {})).toEqual({
      name: 'ada',
      preferred_username: 'ada',
      updated_at: 2,
    });
    expect(userClaims(ada, ['email'], {})).toEqual({
      email: 'Ada@example.test',
      email_verified: false,
    });
    expect(userClaims(ada, [], {})).toEqual({});
  });

  it('tell what the user has entered (§5.1), and no company, for which there is no claim', () => {
    const details = {
      firstName: 'Ada',
      lastName: 'Lovelace',
      company: 'Analytical Engines',
      avatarUrl: 'https://pictures.example.test/ada.png',
    };
    expect(userClaims({ ...ada, ...details }, ['profile'], {})).toEqual({
      name: 'Ada Lovelace',
      given_name: 'Ada',
      family_name: 'Lovelace',
      preferred_username: 'ada',
      picture: 'https://pictures.example.test/ada.png',
      updated_at: 2,
    });
  });

  it('follow requests for single claims (§5.5)', () => {
    const requests = { email: null, given_name: { essential: true }, groups: null };
    expect(userClaims(ada, ['openid'], requests)).toEqual({
      email: 'Ada@example.test',
      groups: ['user'],
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

  it.each(['constructor', '__proto__', 'toString', 'company', 'passwordHash', 'id'])(
    'never include members that are not claims: %s',
    (name) => {
      expect(userClaims(ada, [name], { [name]: null })).toEqual({});
    },
  );

  it('need the account only where one of them is requested, and roles alone do not', () => {
    expect(needsAccount({ acr: null, auth_time: { essential: true } })).toBe(false);
    expect(needsAccount({ roles: null }, ['openid', 'groups'])).toBe(false);
    expect(needsAccount({ acr: null, email: null })).toBe(true);
    expect(needsAccount({}, ['profile'])).toBe(true);
  });
});

describe('the roles of a user', () => {
  it.each(['roles', 'groups'])('have both names with the scope %s', (scope) => {
    const roles = ['user', 'editor'];
    expect(roleClaims({ roles }, ['openid', scope], {})).toEqual({ roles, groups: roles });
    expect(userClaims({ ...ada, roles }, [scope], {})).toEqual({ roles, groups: roles });
  });

  it('are in no answer without a scope or a request for them', () => {
    const claims = userClaims(ada, ['openid', 'profile', 'email', 'account'], {});
    expect(claims).not.toHaveProperty('roles');
    expect(claims).not.toHaveProperty('groups');
  });
});

describe('the claims name and preferred_username', () => {
  const named = (changes: Partial<Account>) => userClaims({ ...ada, ...changes }, ['profile'], {});

  it.each([
    [{ displayName: 'Countess', firstName: 'Ada', lastName: 'Lovelace' }, 'Countess'],
    [{ firstName: 'Ada', lastName: 'Lovelace' }, 'Ada Lovelace'],
    [{ firstName: 'Ada' }, 'Ada'],
    [{ lastName: 'Lovelace' }, 'Lovelace'],
    [{}, 'ada'],
    [{ username: null }, 'ada'],
    [{ username: null, email: 'grace.h＠example.test' }, 'grace.h'],
  ])('name is what the account knows best: %j', (changes, name) => {
    expect(named(changes)['name']).toBe(name);
  });

  it('preferred_username is never another user’s (§5.7), and hides the rest of the e-mail', () => {
    const [one, two] = [newAccountId(), newAccountId()].map((id) =>
      String(named({ id, username: null })['preferred_username']),
    );
    expect(one).toMatch(/^ada-[0-9a-z]+$/);
    expect(two).toMatch(/^ada-[0-9a-z]+$/);
    expect(one).not.toBe(two);
    // A hyphen is in no username, so nobody can register another's mark.
    expect(named({})['preferred_username']).toBe('ada');
  });
});
