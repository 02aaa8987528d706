/**
 * Answers `…/token/validate`, the path with the most requests, whose `POST` describes a token, and
 * `/auth/forward`, which is forward authentication for nginx, Traefik, Envoy and Caddy. `GET` of the
 * first is the same as the second.
 *
 * Only questions about valid tokens are counted, by token, and no address: behind a reverse proxy are
 * all of its users, and strangers with tokens that are not valid must not end it for them.
 *
 * A request may take five microseconds here. Each header that is read or written, and each URL that
 * is parsed, takes about one.
 *
 * @module
 */

import type { Background } from '../../../shared/cache/refresher.ts';
import type { Millis } from '../../../shared/clock.ts';
import { CORRELATION_HEADER } from '../../../shared/contracts/edge/principal.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { continueTrace, TRACEPARENT } from '../../../shared/telemetry/trace-context.ts';
import { type Challenges, DPOP_NONCE_HEADER } from '../credentials/challenges.ts';
import { forwardedTarget, readCredentials, type Target } from '../credentials/credentials.ts';
import { failureResponse } from '../failure.ts';
import { announcedLength, readLimited } from '../limits/body.ts';
import type { Runtime } from '../ports.ts';
import { type Judgement, type JudgeNeeds, judge, type Subject } from './judge.ts';
import { type Question, readBody, readQuery } from './question.ts';
import type { CachedToken } from './token-validator.ts';

export type ValidateNeeds = JudgeNeeds & {
  readonly runtime: Pick<Runtime, 'clock' | 'log' | 'randomBytes'>;
  /** The `htm` and `htu` of a DPoP proof for a request to this deployment. */
  readonly target: (request: Request) => Target;
  readonly challenges: Challenges;
  readonly correlationId: (headers: Headers) => string;
};

export const VALIDATE_PATHS = ['/api/v1/auth/token/validate', '/auth/token/validate'] as const;

/** Forward authentication by any method: a proxy may ask by that of the request that it asks about. */
export const FORWARD_PATH = '/auth/forward';

/** Which of the paths of this file `url` has. `https://` has eight characters. */
export function findValidation(url: string): 'validate' | 'forward' | undefined {
  const start = url.indexOf('/', 8);
  const isAt = (path: string): boolean => {
    const end = start + path.length;
    return url.startsWith(path, start) && (end === url.length || url[end] === '?');
  };
  if (VALIDATE_PATHS.some(isAt)) return 'validate';
  return isAt(FORWARD_PATH) ? 'forward' : undefined;
}

/** A request, and the parts of it that were read already. */
type RequestParts = {
  readonly request: Request;
  readonly url: string;
  readonly headers: Headers;
  readonly now: Millis;
  readonly background: Background;
};

export class ValidateEndpoint {
  readonly #needs: ValidateNeeds;

  constructor(needs: ValidateNeeds) {
    this.#needs = needs;
  }

  /**
   * Forward authentication: the access token of the original request. Does not read the body. Never
   * throws.
   */
  forward(request: Request, url: string, background: Background): Response | Promise<Response> {
    const parts = this.#partsOf(request, url, background);
    const { headers } = parts;
    const authorization = headers.get('authorization');
    const cached = this.#recallBearer(authorization, parts);
    if (cached !== undefined) return this.#passed(parts, cached);
    return this.#answer(parts, this.#passed, () => ({
      subject: this.#presented(authorization, parts, (one) => forwardedTarget(one)),
      question: readFixedQuery(url, headers),
    }));
  }

  /** Describes the token in the body, or the request's own. Never throws. */
  post(request: Request, url: string, background: Background): Response | Promise<Response> {
    const parts = this.#partsOf(request, url, background);
    if (parts.headers.get('content-length') === '0') {
      const cached = this.#recallBearer(parts.headers.get('authorization'), parts);
      if (cached !== undefined) return this.#described(parts, cached);
    }
    // One `then` instead of an `async` function, because each further promise would take as long as
    // the validation.
    return bodyText(request, parts.headers).then(
      (text) => this.#describe(parts, text),
      (error: unknown) => this.#refused(parts, error),
    );
  }

  #describe(parts: RequestParts, text: string): Response | Promise<Response> {
    const { url, headers } = parts;
    const named = isWithoutQuery(url) ? onlyToken(text) : undefined;
    const cached =
      named === undefined ? undefined : this.#admitted(this.#recall(named, parts), parts);
    if (cached !== undefined) return this.#described(parts, cached);
    return this.#answer(parts, this.#described, () => {
      const { token, question } = readBody(text, url);
      if (token !== undefined) return { subject: { token, presented: undefined }, question };
      return { subject: this.#presented(headers.get('authorization'), parts), question };
    });
  }

  #partsOf(request: Request, url: string, background: Background): RequestParts {
    return { request, url, headers: request.headers, now: this.#needs.runtime.clock(), background };
  }

  /** The request's own token, and how it is presented: by `original`, if there is one. */
  #presented(
    authorization: string | null,
    { request }: RequestParts,
    original: (request: Request) => Target | undefined = () => undefined,
  ): Subject | undefined {
    const credentials = readCredentials(authorization);
    if (credentials === undefined) return undefined;
    const target = () => original(request) ?? this.#needs.target(request);
    return { token: credentials.token, presented: { ...credentials, request, target } };
  }

  /** The request's own token, if it is cached and the request has no further conditions. */
  #recallBearer(authorization: string | null, parts: RequestParts): CachedToken | undefined {
    if (authorization?.startsWith('Bearer ') !== true || !isWithoutQuery(parts.url))
      return undefined;
    const cached = this.#recall(authorization.slice(7), parts);
    // A token that is bound to a key needs a proof, and verifying that takes time.
    return cached?.principal.confirmation === undefined ? this.#admitted(cached, parts) : undefined;
  }

  /** A token that was verified before and is valid now. */
  #recall(token: string, { now, background }: RequestParts): CachedToken | undefined {
    return this.#needs.validator.recall(token, now, background);
  }

  /** The token, if it has our audience and there were not too many questions about it. */
  #admitted(cached: CachedToken | undefined, { now }: RequestParts): CachedToken | undefined {
    if (cached === undefined || !cached.isForUs) return undefined;
    const { tokenId } = cached.principal;
    return this.#needs.limits.of('token').tryTake(tokenId, now) ? cached : undefined;
  }

  async #answer(
    parts: RequestParts,
    accepted: (parts: RequestParts, found: CachedToken) => Response,
    load: () => { readonly subject: Subject | undefined; readonly question: Question },
  ): Promise<Response> {
    try {
      const { subject, question } = load();
      const judgement = await judge(this.#needs, subject, question, parts.now, parts.background);
      return withNonce(accepted(parts, judgement.found), judgement);
    } catch (error) {
      return this.#refused(parts, error);
    }
  }

  readonly #passed = ({ headers }: RequestParts, { passed }: CachedToken): Response =>
    this.#identified(new Response(null, passed), headers);

  readonly #described = ({ headers }: RequestParts, { body }: CachedToken): Response =>
    this.#identified(new Response(body, DESCRIBED), headers);

  #refused({ url, headers }: RequestParts, error: unknown): Response {
    const correlationId = this.#needs.correlationId(headers);
    const ids = { correlationId, instance: new URL(url).pathname };
    const response = failureResponse(error, ids, this.#needs.runtime.log, { valid: false });
    this.#needs.challenges(response, headers);
    return this.#identified(response, headers, correlationId);
  }

  /** Continues the caller's trace. It begins none, because no other Worker is called from here. */
  #identified(
    response: Response,
    headers: Headers,
    correlationId = this.#needs.correlationId(headers),
  ): Response {
    response.headers.set(CORRELATION_HEADER, correlationId);
    const trace = headers.get(TRACEPARENT);
    if (trace !== null) {
      const { traceparent } = continueTrace(trace, this.#needs.runtime.randomBytes);
      response.headers.set(TRACEPARENT, traceparent);
    }
    return response;
  }
}

/** The headers of the answer to `POST`. */
const DESCRIBED = {
  headers: new Headers({ 'content-type': 'application/json', 'cache-control': 'no-store' }),
};

function withNonce(response: Response, { dpopNonce }: Judgement): Response {
  if (dpopNonce !== undefined) response.headers.set(DPOP_NONCE_HEADER, dpopNonce);
  return response;
}

const isWithoutQuery = (url: string): boolean => !url.includes('?') || url.endsWith('?');

/**
 * Reads the query of a proxy's question. If it is also that of the request that the proxy asks about,
 * a visitor may have written it, and would choose the audience.
 *
 * @throws {Problem} `VALIDATION_ERROR`
 */
function readFixedQuery(url: string, headers: Headers): Question {
  const query = queryOf(url);
  const isVisitors = ORIGINALS.some((name) => query !== '' && queryOf(headers.get(name)) === query);
  if (!isVisitors) return readQuery(url);
  const message =
    'is also that of the visitor’s request; the proxy must ask with a query of its own';
  throw new Problem('VALIDATION_ERROR', { errors: [{ path: query, message }] });
}

const ORIGINALS = ['x-forwarded-uri', 'x-original-url'] as const;

const queryOf = (url: string | null): string => (url === null ? '' : url.replace(/^[^?]*\??/, ''));

const START = '{"token":"';
const END = '"}';

/**
 * The token of a body that has no other member, in its usual spelling.
 *
 * If other characters, such as a quote, are in it, the result is a token that is not cached.
 */
function onlyToken(body: string): string | undefined {
  return body.startsWith(START) && body.endsWith(END)
    ? body.slice(START.length, -END.length)
    : undefined;
}

function bodyText(request: Request, headers: Headers): Promise<string> {
  try {
    const length = announcedLength(headers);
    if (length === 0) return Promise.resolve('');
    if (length !== undefined) return request.text();
  } catch (error) {
    return Promise.reject(error);
  }
  return readLimited(request.body).then((bytes) => new TextDecoder().decode(bytes));
}
