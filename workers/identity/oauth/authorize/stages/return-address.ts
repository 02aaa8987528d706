import { isOpenIdRequest } from '../../scopes.ts';
import type { Draft } from '../draft.ts';
import { chooseRedirectUri } from '../redirect-uri.ts';
import { askedResponseMode } from './response-mode.ts';

/**
 * Where a request that cannot even be opened may be answered: at the redirect URI beside its request
 * object, if that is the client's. Refuses nothing: `checkRedirectUri` does.
 */
export function noteReturnAddress({ client, parameters }: Draft): Partial<Draft> {
  const uri = chooseRedirectUri(
    client.redirectUris,
    parameters.get('redirect_uri'),
    isOpenIdRequest(parameters),
  );
  if (!uri.ok) return {};
  return {
    redirectUri: uri.value,
    canAnswer: true,
    state: parameters.get('state') ?? null,
    responseMode: askedResponseMode(client, parameters) ?? 'query',
  };
}
