/**
 * A problem document that a person is to see: `edge` asks `identity`, which has the brand, for a page
 * about it. `edge` alone can write the header: see `principal.ts`.
 *
 * @module
 */

import { toBase64Url, utf8 } from '../../bytes.ts';
import type { ErrorCode } from '../http/error-codes.ts';
import { readJsonHeader } from '../json-header.ts';
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
export const readProblem = (headers: Headers): ShownProblem | undefined =>
  readJsonHeader<ShownProblem>(headers, PROBLEM_HEADER);
