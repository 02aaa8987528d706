import type { RequestSource } from './plan.ts';
import type { RequestQueue } from './queue.ts';
import { postForm, postJson } from './raw-request.ts';
import type { Answer } from './response.ts';

type ChainSource = Extract<RequestSource, { kind: 'chain' }>;

/** The tokens of each connection. They are sent in turn, and each answer replaces its token. */
export class Chain implements RequestQueue {
  readonly #source: ChainSource;
  readonly #connections: number;
  readonly #tokens: string[];
  /** The index of the token under way by connection. */
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
    const { path, headers, member, form } = this.#source;
    return form === undefined
      ? postJson(path, headers, { [member]: token })
      : postForm(path, headers, { ...form, [member]: token });
  }

  /** @throws {Error} If a successful answer has no token, because its speed would mean nothing. */
  answered(connection: number, { status, body }: Answer): void {
    // A refusal has no token. It is counted and makes the run invalid.
    if (status < 200 || status > 299) return;
    const next = memberOf(JSON.parse(body), this.#source.member);
    const index = this.#underWay[connection];
    if (next === undefined || index === undefined) {
      throw new Error(`Cannot chain: an answer has no ${this.#source.member}`);
    }
    this.#tokens[index] = next;
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
