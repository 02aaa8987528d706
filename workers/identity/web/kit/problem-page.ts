import { readProblem, type ShownProblem } from '../../../../shared/contracts/edge/shown-problem.ts';
import { ERROR_CODES } from '../../../../shared/contracts/http/error-codes.ts';
import type { RequestContext } from '../../../kit/request.ts';
import { renderErrorPage } from './error-page.tsx';
import type { RenderPageNeeds } from './layout.tsx';
import { PageError, type PageErrorKind } from './page-error.ts';
import { pageText, type Text } from './text.ts';

/**
 * `GET /pages/problem`: the page about a problem document that a browser would have shown as text. Only
 * `edge` can say which.
 *
 * @throws {PageError} `not_found` for everybody else.
 */
export async function showProblem(c: RequestContext<RenderPageNeeds>): Promise<Response> {
  const problem = readProblem(c.req.raw.headers);
  if (problem === undefined) throw new PageError('not_found');
  const { correlationId, code } = problem;
  const { status } = ERROR_CODES[code];
  const text = wordsFor(pageText(c), problem);
  return renderErrorPage(c, { ...text, status, code, correlationId });
}

/** Where the pages have words of their own for it, those are kinder than the registered ones. */
function wordsFor({ errors, error }: Text, { code, detail }: ShownProblem) {
  const kind = KINDS[code];
  if (kind !== undefined) return errors[kind];
  const { title } = ERROR_CODES[code];
  return { title, detail: detail === undefined ? error.goBack : `${detail}.` };
}

const KINDS: Readonly<Partial<Record<ShownProblem['code'], PageErrorKind>>> = {
  NOT_FOUND: 'not_found',
  SERVICE_UNAVAILABLE: 'unavailable',
  INTERNAL_ERROR: 'failed',
};
