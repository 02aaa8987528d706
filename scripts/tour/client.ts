import { setTimeout as sleep } from 'node:timers/promises';

export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body; `undefined` where it is not a JSON object. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
};

export type Call = {
  readonly token?: string;
  readonly body?: unknown;
  readonly method?: string;
};

export type ClientOptions = {
  readonly url: string;
  readonly onWait: (seconds: number) => void;
};

const MAX_WAITS = 3;

/** An HTTP client that waits and repeats a call where the instance answers 429. */
export class TourClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  async call(path: string, call: Call = {}): Promise<Reply> {
    for (let waits = 0; ; waits += 1) {
      const reply = await this.#once(path, call);
      if (reply.status !== 429 || waits === MAX_WAITS) return reply;
      const seconds = Number(reply.headers.get('retry-after') ?? 1);
      this.#options.onWait(seconds);
      await sleep(seconds * 1000);
    }
  }

  async #once(path: string, { token, body, method }: Call): Promise<Reply> {
    const headers = new Headers({ 'user-agent': 'sallyport-tour/1' });
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    if (body !== undefined) headers.set('content-type', 'application/json');
    const response = await fetch(new URL(path, this.#options.url), {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, json: parseObject(text) };
  }
}

export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An answer is not the one that the tour expects. */
export class TourError extends Error {
  override readonly name = 'TourError';
}

/** @throws {TourError} With the problem's code, if the status is not expected. */
export function expectStatus(reply: Reply, ...expected: readonly number[]): Reply {
  if (expected.includes(reply.status)) return reply;
  const { code = '', detail = '' } = reply.json ?? {};
  throw new TourError(
    `expected ${expected.join(' or ')}, got ${reply.status} ${String(code)} ${String(detail)}`,
  );
}

/** @throws {TourError} With the expectation, if it does not hold. */
export function expectThat(holds: boolean, expected: string): void {
  if (!holds) throw new TourError(`expected ${expected}`);
}

/** @throws {TourError} If the reply has no such text. */
export function textOf({ json }: Reply, name: string): string {
  const value = json?.[name];
  if (typeof value !== 'string') throw new TourError(`expected "${name}" in the answer`);
  return value;
}

/** @throws {TourError} If the reply has no such list of objects. */
export function listOf(
  json: Readonly<Record<string, unknown>> | undefined,
  name: string,
): readonly Readonly<Record<string, unknown>>[] {
  const value = json?.[name];
  if (!Array.isArray(value)) throw new TourError(`expected a list "${name}" in the answer`);
  return value.filter(isObject);
}
