import type { RequestSource } from './plan.ts';

/** Gives each connection its next request and takes its answers. */
export interface RequestQueue {
  next(connection: number): string;
  /** @throws {SyntaxError} If an answer that must carry a token is not JSON. */
  answered(connection: number, body: string): void;
  tokens(): readonly string[];
}

export function requestQueue(source: RequestSource, connections: number): RequestQueue {
  return source.kind === 'rotate' ? rotation(source.requests) : new Chain(source, connections);
}

function rotation(requests: readonly string[]): RequestQueue {
  let turn = 0;
  return {
    next: () => requests[turn++ % requests.length] ?? '',
    answered: () => {},
    tokens: () => [],
  };
}

type ChainSource = Extract<RequestSource, { kind: 'chain' }>;

class Chain implements RequestQueue {
  readonly #source: ChainSource;
  readonly #connections: number;
  readonly #tokens: string[];
  /** Per connection, the index of the token under way. */
  readonly #underWay: number[];

  constructor(source: ChainSource, connections: number) {
    this.#source = source;
    this.#connections = connections;
    this.#tokens = [...source.tokens];
    this.#underWay = Array.from(
      { length: connections },
      (_, connection) => connection - connections,
    );
  }

  /** @throws {RangeError} If there are fewer tokens than connections. */
  next(connection: number): string {
    const index = (this.#underWay[connection] ?? 0) + this.#connections;
    const mine = index < this.#tokens.length ? index : connection;
    const token = this.#tokens[mine];
    if (token === undefined) throw new RangeError('Cannot chain: a connection has no token');
    this.#underWay[connection] = mine;
    return postJson(this.#source, { [this.#source.member]: token });
  }

  answered(connection: number, body: string): void {
    const answer: unknown = JSON.parse(body);
    const next = memberOf(answer, this.#source.member);
    const index = this.#underWay[connection];
    // A refusal carries no token: the run is invalid already, and counts it.
    if (next !== undefined && index !== undefined) this.#tokens[index] = next;
  }

  tokens(): readonly string[] {
    return this.#tokens;
  }
}

function memberOf(value: unknown, member: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: unknown = Reflect.get(value, member);
  return typeof found === 'string' ? found : undefined;
}

function postJson(source: ChainSource, value: unknown): string {
  const body = JSON.stringify(value);
  return rawRequest(
    'POST',
    source.path,
    { ...source.headers, 'content-type': 'application/json' },
    body,
  );
}

/** A request as it goes over the wire. `body` is ASCII. */
export function rawRequest(
  method: 'GET' | 'POST',
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): string {
  const length = method === 'POST' ? { 'content-length': String(body.length) } : {};
  const lines = Object.entries({ host: 'bench.localhost', ...headers, ...length });
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n${body}`;
}
