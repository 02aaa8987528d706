import type { Row } from './contestant.ts';
import { GET_PROOF, getValidate, POST_PROOF, postValidate } from './validate-requests.ts';

/** Validation of one token and of many, asked for in both ways. */
export function validateRows(tokens: readonly string[]): readonly Row[] {
  const one = tokens.slice(0, 1);
  const many = `${tokens.length} tokens`;
  return [
    row('validate-get-one', 'GET, 1 token', one.map(getValidate)),
    row('validate-get-many', `GET, ${many}`, tokens.map(getValidate)),
    row('validate-post-one', 'POST, 1 token', one.map(postValidate)),
    row('validate-post-many', `POST, ${many}`, tokens.map(postValidate)),
  ];
}

function row(key: Row['key'], form: string, requests: readonly string[]): Row {
  const proof = form.startsWith('GET') ? GET_PROOF : POST_PROOF;
  return { key, label: `Sallyport validate, ${form}`, source: { kind: 'rotate', requests }, proof };
}

/** Every connection refreshes its own users' tokens in turn, each with the token it got before. */
export const refreshRow = (tokens: readonly string[]): Row => ({
  key: 'refresh',
  label: `Sallyport refresh, ${tokens.length} users`,
  source: {
    kind: 'chain',
    path: '/api/v1/auth/token/refresh',
    headers: { 'user-agent': 'bench' },
    member: 'refreshToken',
    tokens,
  },
});
