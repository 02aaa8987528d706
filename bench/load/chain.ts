import type { RequestSource } from './plan.ts';
import type { RequestQueue } from './queue.ts';
import { postForm, postJson } from './raw-request.ts';
import type { Answer } from './response.ts';

type ChainSource = Extract<RequestSource, { kind: 'chain' }>;

/** Of each connection the tokens it owns, sent in turn, each replaced by the one its answer brings. */
export class Chain implements RequestQueue {
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
    const { path, headers, member, form } = this.#source;
    return form === undefined
      ? postJson(path, headers, { [member]: token })
      : postForm(path, headers, { ...form, [member]: token });
  }

  /** @throws {Error} If a success brings no token: its speed would prove nothing. */
  answered(connection: number, { status, body }: Answer): void {
    // A refusal carries no token: the run is invalid already, and counts it.
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
