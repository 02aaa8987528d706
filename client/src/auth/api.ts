import { SallyportError, toProblem } from '../common/errors.ts';
import { parseJson } from '../common/json.ts';
import type { ServerClock } from './server-clock.ts';

export type ApiOptions = {
  readonly issuer: string;
  readonly fetch: typeof fetch;
  readonly clock: ServerClock;
};

export type ApiRequest = {
  readonly body: unknown;
  readonly token?: string;
  /** Milliseconds. */
  readonly timeout?: number;
};

const TIMEOUT = 20_000;

/** The HTTP API of the issuer. */
export class Api {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /**
   * Sends JSON and reads JSON.
   *
   * @throws {SallyportError} The server's refusal; `unreachable` if the server did not answer.
   */
  async post(path: string, { body, token, timeout = TIMEOUT }: ApiRequest): Promise<unknown> {
    const { response, text } = await this.#send(path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeout),
    });
    if (response.ok) return parseJson(text);
    throw toError(response, text);
  }

  async #send(path: string, init: RequestInit): Promise<{ response: Response; text: string }> {
    const { issuer, fetch, clock } = this.#options;
    try {
      const response = await fetch(issuer + path, init);
      // A page of another origin can read the header only if the server exposes it.
      clock.observe(response.headers.get('date'));
      return { response, text: await response.text() };
    } catch (cause) {
      throw new SallyportError('unreachable', { cause });
    }
  }
}

/** An error without a problem document comes from a proxy or a captive portal. */
function toError({ status, headers }: Response, text: string): SallyportError {
  const problem = toProblem(parseJson(text));
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return new SallyportError(problem?.code ?? 'unreachable', {
    status,
    problem,
    retryAfterMs: Number.isNaN(seconds) ? undefined : 1000 * seconds,
  });
}
