import type { Parameters } from '../../platform/parameters.ts';
import type { Client } from '../clients/client.ts';
import { type AuthorizationRequest, NO_CHALLENGE } from './authorization-request.ts';

/** Where an authorization request arrives. */
export type Endpoint = 'authorize' | 'par';

/** A request as its client sent it: where every check begins. */
export type ReceivedRequest = {
  readonly client: Client;
  /** Those that count: the request object's, once it was opened (RFC 9101 §6.3). */
  readonly parameters: Parameters;
};

/** An authorization request while it is checked: what was found out about it so far. */
export type Draft = AuthorizationRequest &
  ReceivedRequest & {
    /** The parameters came in a request object that the client signed. */
    readonly isSigned: boolean;
    /** The redirect URI is one of the client's: an error may be sent there. */
    readonly canAnswer: boolean;
  };

/**
 * One check. It names the parts of the draft that it looks at, and returns what it found out, which is
 * added to the draft.
 *
 * @throws {OAuthError} If the request is refused.
 */
export type Stage<Needs> = (
  draft: Draft,
  needs: Needs,
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
  codeChallenge: NO_CHALLENGE,
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
