import { rawRequest } from '../load/raw-request.ts';

const PATH = '/api/v1/auth/token/validate';

/** Makes a request from a token. */
export type Ask = (token: string) => string;

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** As a forward-auth gateway asks. */
export const askByGet: Ask = (token) => rawRequest('GET', PATH, bearer(token));

/** As a service asks about the token that it was called with. */
export const askByPost: Ask = (token) => rawRequest('POST', PATH, bearer(token));

/** As a service asks about any token. */
export const askByBody: Ask = (token) =>
  rawRequest('POST', PATH, { 'content-type': 'application/json' }, JSON.stringify({ token }));

/** The shortest way to an answer: nothing is fetched, nothing verified. */
export const WITHOUT_TOKEN = rawRequest('GET', PATH, {});

/** What the right answers contain. */
export const GET_PROOF = 'x-auth-';
export const POST_PROOF = '"valid":true';
export const NOOP_PROOF = '{"ok":true}';
