import type { Services } from '../../context.ts';
import type { Parameters } from '../../platform/parameters.ts';
import type { Client } from '../clients/client.ts';
import type { AuthorizationRequest } from './authorization-request.ts';

/** Where an authorization request arrives. */
export type Endpoint = 'authorize' | 'par';

/** An authorization request while it is checked: what is known of it so far. */
export type Draft = AuthorizationRequest & {
  readonly client: Client;
  /** Those that count: the request object's, once it was opened (RFC 9101 §6.3). */
  readonly parameters: Parameters;
  /** They came in a request object that the client signed. */
  readonly isSigned: boolean;
  /** The redirect URI is known to be the client's: an error may be sent there. */
  readonly canAnswer: boolean;
};

/**
 * One check. Returns what it found out, which is added to the draft.
 *
 * @throws {OAuthError} If the request is refused.
 */
export type Stage = (
  draft: Draft,
  services: Services,
) => Partial<Draft> | undefined | Promise<Partial<Draft> | undefined>;

export const newDraft = (client: Client, parameters: Parameters): Draft => ({
  client,
  parameters,
  isSigned: false,
  canAnswer: false,
  clientId: client.clientId,
  redirectUri: '',
  responseMode: 'query',
  state: null,
  scopes: [],
  nonce: null,
  codeChallenge: '',
  dpopJkt: null,
  prompts: [],
  maxAge: null,
  loginHint: null,
  requiredSubject: null,
  acrValues: [],
  essentialAcr: false,
  uiLocales: [],
  claims: null,
  resources: [],
  authorizationDetails: [],
});

/** The request without what was only needed to check it. */
export function toRequest(draft: Draft): AuthorizationRequest {
  const { client: _c, parameters: _p, isSigned: _s, canAnswer: _a, ...request } = draft;
  return request;
}
