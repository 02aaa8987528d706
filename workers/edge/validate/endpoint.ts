/**
 * `…/token/validate`: the hottest path there is. `POST` describes a token; `GET` is forward
 * authentication for nginx, Traefik, Envoy and Caddy.
 *
 * What comes before the first `await` costs more than it looks: each header read, each URL parsed
 * and each header written is a microsecond or so, of the five that there are.
 *
 * @module
 */

import type { Millis } from '../../../shared/clock.ts';
import { CORRELATION_HEADER } from '../../../shared/contracts/principal.ts';
import { bearerToken } from '../bearer.ts';
import { failureResponse, rateLimited } from '../failure.ts';
import { announcedLength, readLimited } from '../gateway/body.ts';
import { networkOf, statedAddress } from '../limits/client-address.ts';
import type { LimitReached } from '../limits/rate-limits.ts';
import type { Background, Runtime } from '../ports.ts';
import { continueTrace, TRACEPARENT } from '../trace-context.ts';
import { type JudgeServices, judge } from './judge.ts';
import { type Question, readBody, readQuery } from './question.ts';
import type { RememberedToken } from './remembered-token.ts';

export type EndpointServices = JudgeServices &
  Runtime & { readonly correlationId: (headers: Headers) => string };

export const VALIDATE_PATHS = ['/api/v1/auth/token/validate', '/auth/token/validate'] as const;

/** Whether the path of `url` is one of {@link VALIDATE_PATHS}. `https://` has eight characters. */
export function isValidateUrl(url: string): boolean {
  const start = url.indexOf('/', 8);
  const path = VALIDATE_PATHS.find((one) => url.startsWith(one, start));
  if (path === undefined) return false;
  const end = start + path.length;
  return end === url.length || url[end] === '?';
}

const JSON_ANSWER = {
  headers: new Headers({ 'content-type': 'application/json', 'cache-control': 'no-store' }),
};

export class ValidateEndpoint {
  readonly #services: EndpointServices;

  constructor(services: EndpointServices) {
    this.#services = services;
  }

  /** Forward authentication: the bearer token of the original request. Never throws. */
  get(request: Request, background: Background): Response | Promise<Response> {
    const { headers, url } = request;
    const now = this.#services.clock();
    const limited = this.#limited(headers, now);
    if (limited === undefined && url.endsWith('/token/validate')) {
      const known = this.#recall(headers.get('authorization'), now, background);
      if (known !== undefined) return this.#passed(known, headers);
    }
    const question = () => readQuery(url, bearerToken(headers.get('authorization')));
    return this.#answer(request, limited, now, background, question, (found) =>
      this.#passed(found, headers),
    );
  }

  /** Describes the token in the body, or the request's own. Never throws. */
  post(request: Request, background: Background): Promise<Response> {
    const now = this.#services.clock();
    const limited = this.#limited(request.headers, now);
    const question = async (): Promise<Question> => {
      const { headers, url } = request;
      const asked = readBody(await bodyText(request), bearerToken(headers.get('authorization')));
      const strong = !url.endsWith('/token/validate') && readQuery(url, undefined).strong;
      return { ...asked, strong };
    };
    return this.#answer(request, limited, now, background, question, (found) =>
      this.#described(found, request.headers),
    );
  }

  #recall(
    authorization: string | null,
    now: Millis,
    background: Background,
  ): RememberedToken | undefined {
    if (authorization === null || !authorization.startsWith('Bearer ')) return undefined;
    const { validator, limits } = this.#services;
    const known = validator.recall(authorization.slice(7), now, background);
    if (known === undefined || !known.isForUs) return undefined;
    // A user at the limit goes the long way, and is refused there.
    return limits.admitUser(known.principal.subject, now) === undefined ? known : undefined;
  }

  #limited(headers: Headers, now: Millis): LimitReached | undefined {
    return this.#services.limits.admitAddress(networkOf(statedAddress(headers)), now);
  }

  async #answer(
    request: Request,
    limited: LimitReached | undefined,
    now: Millis,
    background: Background,
    question: () => Question | Promise<Question>,
    accepted: (found: RememberedToken) => Response,
  ): Promise<Response> {
    try {
      if (limited !== undefined) throw rateLimited(limited);
      return accepted(await judge(this.#services, await question(), now, background));
    } catch (error) {
      return this.#refused(request, error);
    }
  }

  #passed({ forwardHeaders }: RememberedToken, headers: Headers): Response {
    return this.#identified(new Response(null, { headers: forwardHeaders }), headers);
  }

  #described({ body }: RememberedToken, headers: Headers): Response {
    return this.#identified(new Response(body, JSON_ANSWER), headers);
  }

  #refused({ headers, url }: Request, error: unknown): Response {
    const correlationId = this.#services.correlationId(headers);
    const ids = { correlationId, instance: new URL(url).pathname };
    const response = failureResponse(error, ids, this.#services.log, { valid: false });
    return this.#identified(response, headers, correlationId);
  }

  #identified(
    response: Response,
    headers: Headers,
    correlationId = this.#services.correlationId(headers),
  ): Response {
    response.headers.set(CORRELATION_HEADER, correlationId);
    const traceparent = headers.get(TRACEPARENT);
    if (traceparent !== null) {
      const trace = continueTrace(traceparent, this.#services.randomBytes);
      response.headers.set(TRACEPARENT, trace.traceparent);
    }
    return response;
  }
}

async function bodyText(request: Request): Promise<string> {
  const length = announcedLength(request.headers);
  if (length === 0) return '';
  if (length !== undefined) return request.text();
  return new TextDecoder().decode(await readLimited(request.body));
}
