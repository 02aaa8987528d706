/**
 * A problem document that a person is to see: `edge` asks `identity`, which has the brand, for a page
 * about it. `edge` alone can write the header: see `principal.ts`.
 *
 * @module
 */

import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from '../../bytes.ts';
import type { ErrorCode } from '../http/error-codes.ts';
import { INTERNAL_HEADER_PREFIX } from './principal.ts';

export const PROBLEM_PAGE = '/pages/problem';
export const PROBLEM_HEADER = `${INTERNAL_HEADER_PREFIX}problem`;

/** Its status and its title are those of the code. */
export type ShownProblem = {
  readonly code: ErrorCode;
  readonly detail?: string;
  readonly correlationId: string;
};

/** @param document - A problem document, as text. */
export const encodeProblem = (document: string): string => toBase64Url(utf8(document));

/** Reads what `edge` wrote. `undefined` where the request is somebody else's. */
export function readProblem(headers: Headers): ShownProblem | undefined {
  const bytes = fromBase64Url(headers.get(PROBLEM_HEADER) ?? '');
  if (bytes === undefined || bytes.length === 0) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only `edge` can write this header
  return JSON.parse(fromUtf8(bytes)) as ShownProblem;
}
