import { rawRequest } from '../load/request-queue.ts';

const PATH = '/api/v1/auth/token/validate';

/** Validation as a forward-auth gateway asks for it. Floors and peers in workerd get it too. */
export const getValidate = (token: string): string =>
  rawRequest('GET', PATH, { authorization: `Bearer ${token}` });

/** Validation as a service asks for it. */
export const postValidate = (token: string): string =>
  rawRequest('POST', PATH, { 'content-type': 'application/json' }, JSON.stringify({ token }));

/** What the right answers contain. */
export const GET_PROOF = 'x-auth-';
export const POST_PROOF = '"valid":true';
export const NOOP_PROOF = '{"ok":true}';
