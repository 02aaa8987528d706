/**
 * Whom an error is told, and how: people by a page, OAuth clients as RFC 6749 §5.2 says, and every other
 * program by the problem document itself.
 *
 * @module
 */

import { seconds } from '../../../shared/clock.ts';
import {
  encodeProblem,
  PROBLEM_HEADER,
  PROBLEM_PAGE,
  type ShownProblem,
} from '../../../shared/contracts/edge/shown-problem.ts';
import { ERROR_CODES } from '../../../shared/contracts/http/error-codes.ts';
import { within } from '../../../shared/deadline.ts';
import type { Upstreams } from '../ports.ts';
import { prefersHtml } from './prefers-html.ts';
import type { OwnRouteName, Route } from './routes.ts';

/** The request that failed. */
type Presented = { readonly request: Request; readonly route: Route | undefined };

export type PresentNeeds = { readonly upstreams: Pick<Upstreams, 'identity'> };

/**
 * Presents an answer, whichever Worker it is of. What is no problem document of ours stays as it is: a
 * service behind the hub may have its own.
 */
export async function present(
  { upstreams }: PresentNeeds,
  response: Response,
  presented: Presented,
): Promise<Response> {
  if (response.headers.get('content-type') !== 'application/problem+json') return response;
  const { request, route } = presented;
  const toPerson = isForPeople(presented);
  if (!toPerson && !(route?.oauth === true && isOutsideOfOAuth(response.status))) return response;
  const document = await response.text();
  const problem = readOwnProblem(document);
  if (problem === undefined) return new Response(document, response);
  const answer = toPerson
    ? await problemPage(upstreams, request, problem, document)
    : oauthError(problem);
  return withHeadersOf(response, answer);
}

function readOwnProblem(document: string): ShownProblem | undefined {
  try {
    const problem: ShownProblem = JSON.parse(document);
    return Object.hasOwn(ERROR_CODES, problem.code) ? problem : undefined;
  } catch {
    return undefined;
  }
}

/** Proxies that ask about a token, and programs that carry one, get what programs get. */
function isForPeople({ request: { headers }, route }: Presented): boolean {
  const isEndpoint = route?.oauth === true && route.cors === 'any';
  const isProxys = route !== undefined && 'own' in route && PROXIES_ASK.has(route.own);
  return !isEndpoint && !isProxys && !headers.has('authorization') && prefersHtml(headers);
}

const PROXIES_ASK: ReadonlySet<OwnRouteName> = new Set(['validate', 'forward']);

const LIMIT = seconds(2);

/** A page on brand, which `identity` makes; without it, a plain one. */
async function problemPage(
  { identity }: PresentNeeds['upstreams'],
  { url, headers }: Request,
  { code }: ShownProblem,
  document: string,
): Promise<Response> {
  const presented = new Headers({ [PROBLEM_HEADER]: encodeProblem(document) });
  const language = headers.get('accept-language');
  if (language !== null) presented.set('accept-language', language);
  const page = await within(
    LIMIT,
    identity.fetch(new Request(new URL(PROBLEM_PAGE, url), { headers: presented })),
  ).catch(() => undefined);
  if (page?.headers.get('content-type')?.startsWith('text/html') === true) {
    return new Response(page.body, page);
  }
  // As registered, and not as a document may say: it is not escaped.
  const { status, title } = ERROR_CODES[code];
  const plain = `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1>`;
  return new Response(plain, { status, headers: PLAIN });
}

const PLAIN = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

/** What OAuth has no code for. Refused tokens and scopes are told by the challenge (RFC 6750 §3). */
const isOutsideOfOAuth = (status: number): boolean =>
  status >= 404 && status !== 409 && status !== 410;

function oauthError({ code, detail }: ShownProblem): Response {
  const { status, title } = ERROR_CODES[code];
  const isOurs = status >= 500;
  const isLater = status === 429 || status === 503;
  const error = isLater ? 'temporarily_unavailable' : isOurs ? 'server_error' : 'invalid_request';
  // The texts of both are in the characters of RFC 6749; a fault of ours may tell more to people alone.
  const description = isOurs ? title : (detail ?? title);
  return Response.json({ error, error_description: description }, { status });
}

/** `Retry-After`, `Allow`, the limits and the ids are as true as before. */
function withHeadersOf(problem: Response, shown: Response): Response {
  for (const [name, value] of problem.headers) {
    if (!shown.headers.has(name) && name !== 'content-length') shown.headers.set(name, value);
  }
  shown.headers.append('vary', 'Accept');
  return shown;
}
