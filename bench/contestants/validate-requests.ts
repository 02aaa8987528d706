import { rawRequest } from '../load/raw-request.ts';

const PATH = '/api/v1/auth/token/validate';

/** Makes a request from a token. */
export type Ask = (token: string) => string;

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** The request of a forward-auth gateway. */
export const askByGet: Ask = (token) => rawRequest('GET', PATH, bearer(token));

/** The request of a service about the token that it was called with. */
export const askByPost: Ask = (token) => rawRequest('POST', PATH, bearer(token));

/** The request of a service about any token. */
export const askByBody: Ask = (token) =>
  rawRequest('POST', PATH, { 'content-type': 'application/json' }, JSON.stringify({ token }));

/** A request that is answered without a fetch or a verification. */
export const WITHOUT_TOKEN = rawRequest('GET', PATH, {});

/** The texts in the right answers. */
export const GET_PROOF = 'x-auth-';
export const POST_PROOF = '"valid":true';
export const NOOP_PROOF = '{"ok":true}';
