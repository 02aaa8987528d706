import type { Row } from './contestant.ts';
import {
  type Ask,
  askByBody,
  askByGet,
  askByPost,
  GET_PROOF,
  POST_PROOF,
} from './validate-requests.ts';

/** Validation of one token and of many, by each kind of request. */
export function validateRows(tokens: readonly string[]): readonly Row[] {
  const one = tokens.slice(0, 1);
  const many = `${tokens.length} tokens`;
  return [
    row('validate-get-one', 'GET, 1 token', askByGet, one),
    row('validate-get-many', `GET, ${many}`, askByGet, tokens),
    row('validate-post-one', 'POST, 1 token', askByPost, one),
    row('validate-post-many', `POST, ${many}`, askByPost, tokens),
    row('validate-body-one', 'in a body, 1 token', askByBody, one),
    row('validate-body-many', `in a body, ${many}`, askByBody, tokens),
  ];
}

const row = (key: Row['key'], form: string, ask: Ask, tokens: readonly string[]): Row => ({
  key,
  label: `Sallyport validate, ${form}`,
  source: { kind: 'rotate', requests: tokens.map(ask) },
  proof: ask === askByGet ? GET_PROOF : POST_PROOF,
});

/** Every connection refreshes the tokens of its own users in turn. */
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
