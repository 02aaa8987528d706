import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccountId } from '../../../../../shared/ids.ts';
import { type Account, detailsOf } from '../../../../../workers/identity/accounts/account.ts';
import {
  decide,
  type Facts,
  type ProvenIdentity,
  resolveIdentity,
} from '../../../../../workers/identity/social/identities/resolve-identity.ts';
import { generic } from '../../../../../workers/identity/social/providers/catalogue.ts';
import {
  type EmailTrust,
  type Provider,
  type ProviderEmail,
  providerDetails,
} from '../../../../../workers/identity/social/providers/provider.ts';
import { fakeServices } from '../../../../support/identity-services.ts';

const person = (n: number, changes: Partial<Account> = {}): Account => ({
  id: AccountId.restore(`00000000-0000-0000-0000-00000000000${n}`),
  email: `person.${n}@example.test`,
  emailVerified: true,
  username: null,
  displayName: null,
  ...detailsOf({}),
  roles: ['user'],
  status: 'active',
  version: 0,
  credentialsVersion: 0,
  createdAt: 0,
  updatedAt: 0,
  lastLoginAt: null,
  ...changes,
});

const email = (trust: EmailTrust): ProviderEmail => ({
  display: 'person.1@example.test',
  normalized: 'person.1@example.test',
  trust,
});

const ada = person(1);
const bob = person(2);
const disabled = person(3, { status: 'disabled' });
const unverified = person(4, { emailVerified: false });

const NOBODY: Facts = {
  email: null,
  owner: undefined,
  linkTo: undefined,
  namesake: undefined,
  isAddressReused: false,
};

describe('decide()', () => {
  it.each<[string, Partial<Facts>, object]>([
    ['a known one: its account', { owner: ada }, { act: 'sign_in', account: ada }],
    [
      'a known one, whatever e-mail the provider names now',
      { owner: ada, email: email('authoritative'), namesake: bob },
      { act: 'sign_in', account: ada },
    ],
    [
      'a known one of a disabled account: nobody',
      { owner: disabled },
      { act: 'refuse', reason: 'account_disabled' },
    ],
    ['one to be linked: who asked', { linkTo: ada }, { act: 'link', account: ada }],
    [
      'one to be linked, whoever has its e-mail',
      { linkTo: ada, email: email('authoritative'), namesake: bob },
      { act: 'link', account: ada },
    ],
    [
      'one that is linked already: who asked',
      { linkTo: ada, owner: ada },
      { act: 'sign_in', account: ada },
    ],
    [
      'one that is somebody else’s: nobody',
      { linkTo: ada, owner: bob },
      { act: 'refuse', reason: 'linked_elsewhere' },
    ],
    ['a new one without e-mail: nobody yet', {}, { act: 'ask_email' }],
    [
      'a new one: a new account',
      { email: email('unverified') },
      { act: 'create', email: email('unverified') },
    ],
    [
      'one whose host says so: the account that has proved the e-mail',
      { email: email('authoritative'), namesake: ada },
      { act: 'link', account: ada },
    ],
    [
      'one whose address another user of the provider had before: proof first',
      { email: email('authoritative'), namesake: ada, isAddressReused: true },
      { act: 'prove', account: ada },
    ],
    [
      'one of a disabled account’s e-mail: nobody',
      { email: email('authoritative'), namesake: disabled },
      { act: 'refuse', reason: 'account_disabled' },
    ],
    [
      'one that only read the e-mail once: proof first',
      { email: email('verified'), namesake: ada },
      { act: 'prove', account: ada },
    ],
    [
      'one that claims an e-mail: proof first',
      { email: email('unverified'), namesake: ada },
      { act: 'prove', account: ada },
    ],
    [
      'an account that has not proved its e-mail, which may be laid out for its victim: proof first',
      { email: email('authoritative'), namesake: unverified },
      { act: 'prove', account: unverified },
    ],
  ])('%s', (_, facts, decision) => {
    expect(decide({ ...NOBODY, ...facts })).toEqual(decision);
  });

  const accounts = fc.constantFrom(undefined, ada, bob, disabled, unverified);
  const facts = fc.record({
    email: fc.constantFrom(null, email('unverified'), email('verified'), email('authoritative')),
    owner: accounts,
    linkTo: accounts,
    namesake: accounts,
    isAddressReused: fc.boolean(),
  });

  it('never signs in to a disabled account, nor by an e-mail that both sides have not proved', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const decision = decide(given);
        if (decision.act !== 'sign_in' && decision.act !== 'link') return;
        expect(decision.account.status).toBe('active');
        const isByEmail = given.owner === undefined && given.linkTo === undefined;
        if (!isByEmail) return;
        expect([given.email?.trust, given.isAddressReused]).toEqual(['authoritative', false]);
        expect(decision.account.emailVerified).toBe(true);
      }),
    );
  });

  it('never links an identity to another account than the one that asked for it', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const decision = decide(given);
        if (given.linkTo === undefined || !('account' in decision)) return;
        expect(decision.account.id).toBe(given.linkTo.id);
      }),
    );
  });
});

const provider: Provider = {
  ...generic('Acme', 'https://login.acme.example', false),
  id: 'acme',
  keepTokens: false,
  clientId: 'our-client',
  credential: { method: 'none' },
  endpoints: { authorization: undefined, token: undefined, userinfo: undefined, jwks: undefined },
};

const zoe: ProvenIdentity = {
  provider,
  profile: {
    subject: 'user-1',
    email: { display: 'zoe@example.test', normalized: 'zoe@example.test', trust: 'unverified' },
    displayName: null,
    ...providerDetails({}),
  },
  tokens: null,
  linkTo: undefined,
};

describe('the details that a provider tells', () => {
  const reported = { firstName: 'Zoë', lastName: 'Doe', avatarUrl: 'https://a.example.test/z.png' };
  const signIn = async (services: ReturnType<typeof fakeServices>['services'], more: object) => {
    const proven = { ...zoe, profile: { ...zoe.profile, ...more } };
    const resolution = await resolveIdentity(proven, services);
    if (resolution.act !== 'signed_in') throw new Error(`Cannot sign in: ${resolution.act}`);
    return resolution.account;
  };

  it('become those of the account that a first sign-in creates', async () => {
    const { services } = fakeServices();
    expect(await signIn(services, reported)).toMatchObject({ ...reported, company: null });
  });

  it('fill what an account has not, at a later sign-in, and change nothing that its owner entered', async () => {
    const { backend, services } = fakeServices();
    const account = await signIn(services, {});
    await backend.accounts.changeProfile(account.id, { firstName: 'Z.' }, backend.now);
    const filled = { ...reported, firstName: 'Z.' };
    expect(await signIn(services, reported)).toMatchObject(filled);
    expect(await backend.accounts.find(account.id)).toMatchObject(filled);
  });

  it('are written only where they are news', async () => {
    const { backend, services } = fakeServices();
    const account = await signIn(services, reported);
    backend.now += 1_000;
    await signIn(services, { ...reported, firstName: 'Zoe', avatarUrl: null });
    expect(await backend.accounts.find(account.id)).toMatchObject({
      ...reported,
      updatedAt: backend.now - 1_000,
    });
  });

  it('fill an account that the identity is linked to', async () => {
    const { backend, services } = fakeServices();
    const account = await signIn(services, {});
    const another = { ...zoe.profile, ...reported, subject: 'user-2' };
    await resolveIdentity({ ...zoe, profile: another, linkTo: account }, services);
    expect(await backend.accounts.find(account.id)).toMatchObject(reported);
  });
});

/** Lets a rival with the same identity do all it does right before the `n`th question to a store. */
function withRivalBefore(n: number) {
  const { backend, services } = fakeServices();
  let questions = 0;
  const rival = { ...services };
  const asking = <T extends object>(store: T): T =>
    new Proxy(store, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return async (...given: unknown[]) => {
          questions += 1;
          if (questions === n) await resolveIdentity(zoe, rival);
          return method.apply(target, given);
        };
      },
    });
  return {
    backend,
    services: {
      ...services,
      accounts: () => asking(backend.accounts),
      identities: () => asking(backend.identities),
    },
  };
}

it.each([1, 2, 3, 4, 5, 6, 7])(
  'resolveIdentity() signs in to the account of a simultaneous request that came first at question %d',
  async (n) => {
    const { backend, services } = withRivalBefore(n);
    const resolution = await resolveIdentity(zoe, services);
    const [identity, ...others] = backend.identities.stored.values();
    expect(others).toEqual([]);
    expect(backend.accounts.stored.size).toBe(1);
    expect(resolution).toMatchObject({
      act: 'signed_in',
      account: { id: identity?.accountId },
    });
  },
);
