import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import type { Millis } from '../../../../shared/clock.ts';
import type { AuthorizationDetail } from '../../../../shared/contracts/identity/oauth-terms.ts';
import { AccountId } from '../../../../shared/ids.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';

/** Seconds for which an expired request is remembered, so that a late poll hears why it is over. */
const MEMORY = 600;

/** So does a client prove to know the secret: `id` is its S256 challenge (RFC 7636 §4.2), too. */
export const idOfSecret = async (secret: string): Promise<string> =>
  toBase64Url(await sha256(utf8(secret)));

/**
 * Requests of one kind in the TTL store, by the hash of the secret that their client polls with. The
 * request, the answer and the pace are entries of their own: the answer is written once and the
 * request is taken once, whatever happens at the same time.
 */
export class BackchannelRequests<Request extends BackchannelRequest> {
  readonly #kind: string;

  constructor(kind: string) {
    this.#kind = kind;
  }

  async save(store: TtlStore, id: string, request: Request, now: Millis): Promise<void> {
    await store.put(this.#key('request', id), JSON.stringify(request), lifeOf(request, now));
  }

  /** Also one that has expired a short while ago. */
  async find(store: TtlStore, id: string): Promise<Request | undefined> {
    return this.#read(await store.get(this.#key('request', id)));
  }

  /** Reads it and ends it: of several polls at once, one gets it. */
  async take(store: TtlStore, id: string): Promise<Request | undefined> {
    return this.#read(await store.take(this.#key('request', id)));
  }

  /** @returns `false`: it was answered before, and that answer stands. */
  answer(
    store: TtlStore,
    id: string,
    answer: Answer,
    request: Request,
    now: Millis,
  ): Promise<boolean> {
    return store.putIfAbsent(this.#key('answer', id), JSON.stringify(answer), lifeOf(request, now));
  }

  async answerTo(store: TtlStore, id: string): Promise<Answer | undefined> {
    const text = await store.get(this.#key('answer', id));
    if (text === undefined) return undefined;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only this module writes the key
    const answer = JSON.parse(text) as Answer;
    return { ...answer, accountId: AccountId.restore(answer.accountId) };
  }

  async paceOf(store: TtlStore, id: string): Promise<Pace | undefined> {
    const text = await store.get(this.#key('pace', id));
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** Of several polls at once, one may go uncounted: the pace is manners, and no defence. */
  async keepPace(
    store: TtlStore,
    id: string,
    pace: Pace,
    request: Request,
    now: Millis,
  ): Promise<void> {
    await store.put(this.#key('pace', id), JSON.stringify(pace), lifeOf(request, now));
  }

  #read(text: string | undefined): Request | undefined {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only this module writes the key
    return text === undefined ? undefined : (JSON.parse(text) as Request);
  }

  #key(part: 'request' | 'answer' | 'pace', id: string): string {
    return `${this.#kind}-${part}:${id}`;
  }
}

const lifeOf = ({ expiresAt }: BackchannelRequest, now: Millis): number =>
  Math.max(0, Math.ceil((expiresAt - now) / 1_000)) + MEMORY;

/** What a client asks for that its user is asked about. Every part was checked. */
export type RequestedTerms = {
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly authorizationDetails: readonly AuthorizationDetail[];
};

/**
 * A request that was begun in one place and is answered in another, while its client polls the token
 * endpoint (RFC 8628 §3.4, OpenID Connect CIBA §10.1).
 */
export type BackchannelRequest = RequestedTerms & {
  readonly clientId: string;
  readonly beganAt: Millis;
  readonly expiresAt: Millis;
};

/** What the user said. There is one answer to a request, whoever else would have given another. */
export type Answer = Allowed | { readonly verdict: 'denied'; readonly accountId: AccountId };

export type Allowed = {
  readonly verdict: 'allowed';
  readonly accountId: AccountId;
  /** Of the code in the user's object that the grant is redeemed with, base64url. */
  readonly codeHash: string;
};

/** How fast the client has polled. */
export type Pace = {
  readonly polledAt: Millis;
  /** Seconds to wait between two polls. */
  readonly interval: number;
};
