import { checkRequest } from '../../workers/identity/oauth/authorize/check-request.ts';
import type { Endpoint } from '../../workers/identity/oauth/authorize/draft.ts';
import type { Client } from '../../workers/identity/oauth/clients/client.ts';
import { Parameters } from '../../workers/identity/platform/parameters.ts';
import { fakeServices } from './identity-services.ts';
import { MemoryTtlStore } from './memory-ttl-store.ts';
import { aClient, CODE_CHALLENGE, REDIRECT_URI } from './oauth-fixture.ts';

/** A request that nothing is wrong with. */
export const QUERY = {
  client_id: 'client-1',
  response_type: 'code',
  redirect_uri: REDIRECT_URI,
  scope: 'openid profile',
  state: 'xyz',
  code_challenge: CODE_CHALLENGE,
  code_challenge_method: 'S256',
};

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The authorization endpoint's checks over memory. */
export function authorizeFixture(
  client: Client = aClient(),
  settings: Readonly<Record<string, string>> = {},
) {
  const { backend, services: fakes } = fakeServices(settings);
  backend.clients.add(client);
  const ttl = new MemoryTtlStore(() => backend.now);
  const services = { ...fakes, ttlStore: () => ttl };
  const check = (more: Query = {}, endpoint: Endpoint = 'authorize') =>
    checkRequest(endpoint, client, Parameters.of({ ...QUERY, ...more }), services);
  return {
    backend,
    services,
    client,
    ttl,
    check,
    /** What a request becomes that is accepted. */
    accept: async (more: Query = {}, endpoint: Endpoint = 'authorize') => {
      const checked = await check(more, endpoint);
      if (checked.ok) return checked.value;
      throw new Error(`Refused: ${checked.error.error.message}`);
    },
    /** The error of a request that is refused, and where it is answered. */
    refuse: async (more: Query = {}, endpoint: Endpoint = 'authorize') => {
      const checked = await check(more, endpoint);
      if (checked.ok) throw new Error('Expected a refusal, but the request was accepted');
      const { error, returnTo } = checked.error;
      return { code: error.code, returnTo };
    },
  };
}
