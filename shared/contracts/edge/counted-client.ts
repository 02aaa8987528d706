/**
 * What `identity` says to `edge` of an answer: its request came from a client that authenticated, and
 * was counted for that client. `edge` takes back what it counted for the address, and sends no client
 * a header of this prefix.
 *
 * @module
 */

import { INTERNAL_HEADER_PREFIX } from './principal.ts';

const COUNTED_CLIENT_HEADER = `${INTERNAL_HEADER_PREFIX}counted-client`;

export const markCountedForClient = (headers: Headers): void =>
  headers.set(COUNTED_CLIENT_HEADER, '1');

export const isCountedForClient = ({ headers }: Pick<Response, 'headers'>): boolean =>
  headers.has(COUNTED_CLIENT_HEADER);
