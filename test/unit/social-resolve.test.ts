import { expect, it } from 'vitest';

import {
  type ProvenIdentity,
  resolveIdentity,
} from '../../workers/identity/social/identities/resolve-identity.ts';
import { generic } from '../../workers/identity/social/providers/catalogue.ts';
import type { Provider } from '../../workers/identity/social/providers/provider.ts';
import { fakeServices } from '../support/identity-services.ts';

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
  },
  tokens: null,
  linkTo: undefined,
};

/** Lets a rival with the same identity do all it does right before the `n`th question to a store. */
function withRivalBefore(n: number) {
  const { world, services } = fakeServices();
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
    world,
    services: {
      ...services,
      accounts: () => asking(world.accounts),
      identities: () => asking(world.identities),
    },
  };
}

it.each([1, 2, 3, 4, 5, 6])(
  'ends in the account of a rival that was faster at question %d',
  async (n) => {
    const { world, services } = withRivalBefore(n);
    const resolution = await resolveIdentity(zoe, services);
    const [identity, ...others] = world.identities.stored.values();
    expect(others).toEqual([]);
    expect(world.accounts.stored.size).toBe(1);
    expect(resolution).toMatchObject({
      act: 'signed_in',
      account: { id: identity?.accountId },
    });
  },
);
