import type { AuthorizationRequest } from '../authorize/authorization-request.ts';

/** Where an answer goes: a redirect URI that is known to be the client's, and how. */
export type ReturnAddress = Pick<
  AuthorizationRequest,
  'clientId' | 'redirectUri' | 'responseMode' | 'state'
>;

/** The members of an authorization response (RFC 6749 §4.1.2, §4.1.2.1). */
export type ResponseMembers = Readonly<Record<string, string>>;
