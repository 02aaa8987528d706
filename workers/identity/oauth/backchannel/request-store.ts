import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import type { Millis } from '../../../../shared/clock.ts';
import { AccountId } from '../../../../shared/ids.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import type { RequestedTerms } from './requested-terms.ts';

/** Seconds for which an expired request is stored, so that a late poll learns that it has expired. */
const SECONDS_AFTER_EXPIRY = 600;

/**
 * The id of the request whose client polls with a secret. It is the S256 challenge of the secret, too
 * (RFC 7636 §4.2), by which the user's object checks that the client knows the secret.
 */
export const idOfSecret = async (secret: string): Promise<string> =>
  toBase64Url(await sha256(utf8(secret)));

/**
 * Requests of one kind in the TTL store, by the hash of the secret that their client polls with.
 *
 * The request, the answer and the pace are separate entries: of several answers at once one is stored,
 * and of several polls at once one takes the request.
 */
export class BackchannelRequests<Request extends BackchannelRequest> {
  readonly #kind: string;

  constructor(kind: string) {
    this.#kind = kind;
  }

  async save(store: TtlStore, id: string, request: Request, now: Millis): Promise<void> {
    await store.put(this.#key('request', id), JSON.stringify(request), lifeOf(request, now));
  }

  /** Finds one that has expired a short while ago, too. */
  async find(store: TtlStore, id: string): Promise<Request | undefined> {
    return this.#read(await store.get(this.#key('request', id)));
  }

  /** Reads it and deletes it: of several polls at once, one gets it. */
  async take(store: TtlStore, id: string): Promise<Request | undefined> {
    return this.#read(await store.take(this.#key('request', id)));
  }

  /** @returns `false`: it was answered before, and that answer counts. */
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

  /** Of several polls at once, one may go uncounted: nothing secret depends on the pace. */
  async savePace(
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
  Math.max(0, Math.ceil((expiresAt - now) / 1_000)) + SECONDS_AFTER_EXPIRY;

/**
 * A request that was begun in one place and is answered in another, while its client polls the token
 * endpoint (RFC 8628 §3.4, OpenID Connect CIBA §10.1).
 */
export type BackchannelRequest = RequestedTerms & {
  readonly clientId: string;
  readonly beganAt: Millis;
  readonly expiresAt: Millis;
};

/** What the user answered. The first answer to a request is the only one. */
export type Answer = Allowed | { readonly verdict: 'denied'; readonly accountId: AccountId };

export type Allowed = {
  readonly verdict: 'allowed';
  readonly accountId: AccountId;
  /** The hash of the code in the user's object that the client's poll redeems, base64url. */
  readonly codeHash: string;
};

/** The client's last poll, and the interval that applies to the next. */
export type Pace = {
  readonly polledAt: Millis;
  /** Seconds to wait between two polls. */
  readonly interval: number;
};
