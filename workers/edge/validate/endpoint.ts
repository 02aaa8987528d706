/**
 * `…/token/validate`, the path that is called most. `POST` describes a token. `GET` is forward
 * authentication for nginx, Traefik, Envoy and Caddy.
 *
 * Only tokens are counted, not addresses: behind a reverse proxy are all of its users, and strangers with
 * tokens that are not valid must not end it for them.
 *
 * Each header that is read or written and each URL that is parsed costs about a microsecond, of the
 * five that a request may cost here.
 *
 * @module
 */

import type { Background } from '../../../shared/cache/refresher.ts';
import type { Millis } from '../../../shared/clock.ts';
import { CORRELATION_HEADER } from '../../../shared/contracts/edge/principal.ts';
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
  /** What a DPoP proof for a request to us must name. */
  readonly target: (request: Request) => Target;
  readonly challenges: Challenges;
  readonly correlationId: (headers: Headers) => string;
};

export const VALIDATE_PATHS = ['/api/v1/auth/token/validate', '/auth/token/validate'] as const;

/** Whether the path of `url` is one of {@link VALIDATE_PATHS}. `https://` has eight characters. */
export function isValidateUrl(url: string): boolean {
  const start = url.indexOf('/', 8);
  const path = VALIDATE_PATHS.find((one) => url.startsWith(one, start));
  if (path === undefined) return false;
  const end = start + path.length;
  return end === url.length || url[end] === '?';
}

/** One request, as far as it was read. */
type Asked = {
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

  /** Forward authentication: the access token of the original request. Never throws. */
  get(request: Request, url: string, background: Background): Response | Promise<Response> {
    const asked = this.#ask(request, url, background);
    const { headers } = asked;
    const authorization = headers.get('authorization');
    const known = this.#recallBearer(authorization, asked);
    if (known !== undefined) return this.#passed(asked, known);
    return this.#answer(asked, this.#passed, () => ({
      subject: this.#presented(authorization, asked),
      question: readQuery(url),
    }));
  }

  /** Describes the token in the body, or the request's own. Never throws. */
  post(request: Request, url: string, background: Background): Response | Promise<Response> {
    const asked = this.#ask(request, url, background);
    if (asked.headers.get('content-length') === '0') {
      const known = this.#recallBearer(asked.headers.get('authorization'), asked);
      if (known !== undefined) return this.#described(asked, known);
    }
    // One `then` and no `async` function: each further promise would cost as much as the validation.
    return bodyText(request, asked.headers).then(
      (text) => this.#describe(asked, text),
      (error: unknown) => this.#refused(asked, error),
    );
  }

  #describe(asked: Asked, text: string): Response | Promise<Response> {
    const { url, headers } = asked;
    const named = isWithoutQuery(url) ? onlyToken(text) : undefined;
    const known =
      named === undefined ? undefined : this.#admitted(this.#recall(named, asked), asked);
    if (known !== undefined) return this.#described(asked, known);
    return this.#answer(asked, this.#described, () => {
      const { token, question } = readBody(text, url);
      if (token !== undefined) return { subject: { token, presented: undefined }, question };
      return { subject: this.#presented(headers.get('authorization'), asked), question };
    });
  }

  #ask(request: Request, url: string, background: Background): Asked {
    return { request, url, headers: request.headers, now: this.#needs.runtime.clock(), background };
  }

  /** The request's own token, and how it is presented. */
  #presented(authorization: string | null, { request }: Asked): Subject | undefined {
    const credentials = readCredentials(authorization);
    if (credentials === undefined) return undefined;
    const target = () =>
      (request.method === 'GET' ? forwardedTarget(request) : undefined) ??
      this.#needs.target(request);
    return { token: credentials.token, presented: { ...credentials, request, target } };
  }

  /** The request's own token, where the request asks nothing more of it. */
  #recallBearer(authorization: string | null, asked: Asked): CachedToken | undefined {
    if (authorization?.startsWith('Bearer ') !== true || !isWithoutQuery(asked.url))
      return undefined;
    const known = this.#recall(authorization.slice(7), asked);
    // A token that is bound to a key needs a proof of it, which takes time.
    return known?.principal.confirmation === undefined ? this.#admitted(known, asked) : undefined;
  }

  /** A token that was verified before and is good now. */
  #recall(token: string, { now, background }: Asked): CachedToken | undefined {
    return this.#needs.validator.recall(token, now, background);
  }

  /** The token if it is meant for us, and was not asked about too often. */
  #admitted(known: CachedToken | undefined, { now }: Asked): CachedToken | undefined {
    if (known === undefined || !known.isForUs) return undefined;
    return this.#needs.limits.of('token').tryTake(known.principal.tokenId, now) ? known : undefined;
  }

  async #answer(
    asked: Asked,
    accepted: (asked: Asked, found: CachedToken) => Response,
    read: () => { readonly subject: Subject | undefined; readonly question: Question },
  ): Promise<Response> {
    try {
      const { subject, question } = read();
      const judgement = await judge(this.#needs, subject, question, asked.now, asked.background);
      return withNonce(accepted(asked, judgement.found), judgement);
    } catch (error) {
      return this.#refused(asked, error);
    }
  }

  readonly #passed = ({ headers }: Asked, { passed }: CachedToken): Response =>
    this.#identified(new Response(null, passed), headers);

  readonly #described = ({ headers }: Asked, { body }: CachedToken): Response =>
    this.#identified(new Response(body, DESCRIBED), headers);

  #refused({ url, headers }: Asked, error: unknown): Response {
    const correlationId = this.#needs.correlationId(headers);
    const ids = { correlationId, instance: new URL(url).pathname };
    const response = failureResponse(error, ids, this.#needs.runtime.log, { valid: false });
    this.#needs.challenges(response, headers);
    return this.#identified(response, headers, correlationId);
  }

  /** A trace is continued where there is one. None is begun: no other Worker is called from here. */
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

const isWithoutQuery = (url: string): boolean => !url.includes('?');

const START = '{"token":"';
const END = '"}';

/**
 * The token of a body that names nothing else, in the spelling that every client writes.
 *
 * Anything odd in it, such as a quote, makes it a token that is in no cache.
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
