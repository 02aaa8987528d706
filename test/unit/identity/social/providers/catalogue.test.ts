import { beforeEach, describe, expect, it } from 'vitest';

import { err, ok } from '../../../../../shared/result.ts';
import {
  apple,
  discord,
  facebook,
  github,
  google,
  microsoft,
  twitch,
} from '../../../../../workers/identity/social/providers/catalogue.ts';
import {
  type FetchFromProvider,
  providerDetails,
  providerName,
} from '../../../../../workers/identity/social/providers/provider.ts';
import {
  DISCORD_USER,
  FACEBOOK_USER,
  GITHUB_EMAILS,
  GITHUB_USER,
} from '../../../../support/provider-shapes.ts';

let answers: Map<string, unknown>;
beforeEach(() => {
  answers = new Map();
});

const ask: FetchFromProvider = async (url) =>
  answers.has(url) ? ok(answers.get(url)) : err({ reason: 'provider_refused', detail: '404' });

describe('GitHub', () => {
  const read = (user: unknown, emails: unknown) => {
    answers.set('https://ghe.example/user', user);
    answers.set('https://ghe.example/user/emails', emails);
    return github.readProfile(ask, 'https://ghe.example/user');
  };

  it('is read with the id and the primary e-mail that it has verified', async () => {
    expect(await read(GITHUB_USER, GITHUB_EMAILS)).toEqual({
      ok: true,
      value: {
        subject: '583231',
        email: {
          display: 'octocat@example.test',
          normalized: 'octocat@example.test',
          trust: 'verified',
        },
        displayName: 'The Octocat',
        firstName: null,
        lastName: null,
        avatarUrl: 'https://avatars.githubusercontent.com/u/583231',
      },
    });
  });

  it.each([
    ['a primary one that is not verified', [{ ...GITHUB_EMAILS[1], verified: false }]],
    ['a verified one that is not primary', [GITHUB_EMAILS[0]]],
    ['none', []],
  ])('has no e-mail where there is only %s', async (_, emails) => {
    expect(await read(GITHUB_USER, emails)).toMatchObject({ value: { email: null } });
  });

  it('is read with the login where it has no name', async () => {
    const user = { ...GITHUB_USER, name: null };
    expect(await read(user, GITHUB_EMAILS)).toMatchObject({ value: { displayName: 'octocat' } });
  });

  it('is refused where the answer has another shape', async () => {
    expect(await read({ message: 'Bad credentials' }, GITHUB_EMAILS)).toMatchObject({
      error: { reason: 'provider_unavailable' },
    });
    expect(await read({ ...GITHUB_USER, id: '583231' }, GITHUB_EMAILS)).toMatchObject({
      ok: false,
    });
    expect(await read(GITHUB_USER, undefined)).toMatchObject({ ok: false });
  });
});

describe('Discord', () => {
  const read = (user: unknown) => {
    answers.set('https://discord.example/me', user);
    return discord.readProfile(ask, 'https://discord.example/me');
  };

  it('is read with the snowflake as subject', async () => {
    expect(await read(DISCORD_USER)).toMatchObject({
      value: {
        subject: '80351110224678912',
        email: { normalized: 'nelly@example.test', trust: 'verified' },
        displayName: 'Nelly the elephant',
        avatarUrl:
          'https://cdn.discordapp.com/avatars/80351110224678912/8342729096ea3675442027381ff50dfe.png',
      },
    });
  });

  it.each([null, undefined, '../../x', 7])(
    'has no picture where its avatar is %j',
    async (avatar) => {
      expect(await read({ ...DISCORD_USER, avatar })).toMatchObject({ value: { avatarUrl: null } });
    },
  );

  it('says whether the e-mail is verified, and may have none', async () => {
    expect(await read({ ...DISCORD_USER, verified: false })).toMatchObject({
      value: { email: { trust: 'unverified' } },
    });
    expect(await read({ ...DISCORD_USER, email: null })).toMatchObject({ value: { email: null } });
  });
});

describe('Facebook', () => {
  it('never has a verified e-mail', async () => {
    answers.set(
      'https://graph.example/me?fields=id,name,first_name,last_name,email',
      FACEBOOK_USER,
    );
    expect(await facebook.readProfile(ask, 'https://graph.example/me')).toEqual({
      ok: true,
      value: {
        subject: '10158000000000000',
        email: {
          display: 'jane@example.test',
          normalized: 'jane@example.test',
          trust: 'unverified',
        },
        displayName: 'Jane Doe',
        firstName: 'Jane',
        lastName: 'Doe',
        avatarUrl: null,
      },
    });
  });
});

describe('details that a provider tells', () => {
  it('are cut or left out where they are not fit to be shown', () => {
    const reported = { firstName: 'x'.repeat(70), lastName: '\u200B', avatarUrl: 'javascript:x' };
    expect(providerDetails(reported)).toEqual({
      firstName: 'x'.repeat(64),
      lastName: null,
      avatarUrl: null,
    });
  });

  it.each([
    'http://pictures.example.test/a.png',
    'https://graph.microsoft.com/v1.0/me/photo/$value',
    `https://pictures.example.test/${'x'.repeat(500)}`,
  ])('contain no picture that others could not load, or that is too long: %s', (avatarUrl) => {
    expect(providerDetails({ avatarUrl }).avatarUrl).toBeNull();
  });
});

describe('emailTrust() of a provider', () => {
  it.each([
    ['Google, its own', google, { email_verified: true }, 'ada@gmail.com', 'authoritative'],
    ['Google, hosted', google, { email_verified: true, hd: 'a.test' }, 'a@a.test', 'authoritative'],
    ['Google, another', google, { email_verified: true }, 'ada@example.test', 'verified'],
    ['Google, like its own', google, { email_verified: true }, 'a@notgmail.com', 'verified'],
    [
      'Google, not verified',
      google,
      { email_verified: false, hd: 'a.test' },
      'a@gmail.com',
      'unverified',
    ],
    ['Google, verified in text', google, { email_verified: 'true' }, 'a@gmail.com', 'unverified'],
    ['Apple', apple, { email_verified: true }, 'a@privaterelay.appleid.com', 'authoritative'],
    ['Apple, in text', apple, { email_verified: 'true' }, 'a@example.test', 'authoritative'],
    ['Apple, not verified', apple, { email_verified: 'false' }, 'a@example.test', 'unverified'],
    [
      'Microsoft, whatever it says',
      microsoft,
      { email_verified: true, xms_edov: true },
      'a@a.test',
      'unverified',
    ],
    ['Twitch', twitch, { email_verified: true }, 'a@a.test', 'verified'],
    ['Twitch, not verified', twitch, {}, 'a@a.test', 'unverified'],
  ])('%s', (_, provider, claims, email, trust) => {
    expect(provider.emailTrust(claims, email)).toBe(trust);
  });
});

describe('providerName()', () => {
  it.each([
    [['  Ada '], 'Ada'],
    [[undefined, null, '', 'Ada'], 'Ada'],
    [['Ada\nLovelace', 'ada'], 'ada'],
    [['\u202Eada'], null],
    [['x'.repeat(100)], 'x'.repeat(64)],
    [['🚀'.repeat(100)], '🚀'.repeat(64)],
    [[], null],
  ])('of %j is %j', (names, shown) => {
    expect(providerName(...names)).toBe(shown);
  });
});
