import { type Background, Refresher, type RefresherRuntime } from '../cache/refresher.ts';
import { type Millis, seconds } from '../clock.ts';
import type { Principal } from '../contracts/edge/principal.ts';
import type { IdentityRpc } from '../contracts/identity/identity-rpc.ts';
import { cursorAfter, RevocationSet, START } from './revocation-set.ts';

export type RevocationLimits = {
  /** A snapshot of this age is refreshed before the answer. */
  readonly maxAge: Millis;
  /** A snapshot of this age is not used, although the log cannot be reached. */
  readonly unreachableAge: Millis;
};

const BEHIND_AFTER = seconds(2);

/** The isolate's snapshot of the revocation log. */
export class Revocations {
  readonly #set = new RevocationSet();
  readonly #refresher: Refresher;
  #cursor = START;

  constructor(
    source: Pick<IdentityRpc, 'revocations'>,
    { maxAge, unreachableAge }: RevocationLimits,
    runtime: RefresherRuntime,
  ) {
    const freshness = {
      behindAfter: Math.min(BEHIND_AFTER, maxAge),
      beforeAfter: maxAge,
      unusableAfter: unreachableAge,
    };
    const load = () => this.#readOn(source, runtime);
    this.#refresher = new Refresher({ ...freshness, name: 'revocation_log', load }, runtime);
  }

  /** Whether the snapshot knows the session or the token as revoked. Certain if it says so. */
  has(principal: Pick<Principal, 'sessionId' | 'tokenId'>): boolean {
    return this.#set.has(principal);
  }

  isUsable(now: Millis, background: Background): boolean {
    return this.#refresher.isUsable(now, background);
  }

  /** @throws If the log cannot be reached and the snapshot is too old to be used without it. */
  ensureUsable(background: Background): Promise<void> {
    return this.#refresher.ensureUsable(background);
  }

  /** Has the log read anew before the next answer: something was revoked just now. */
  expire(): void {
    this.#refresher.expire();
  }

  async #readOn(
    source: Pick<IdentityRpc, 'revocations'>,
    runtime: RefresherRuntime,
  ): Promise<void> {
    let cursor = this.#cursor;
    for (;;) {
      const page = await source.revocations(cursor.position);
      const next = cursorAfter(cursor, page);
      this.#set.add(page.entries, runtime.clock());
      const restarts = next.position < page.position;
      if (page.more && next.position === cursor.position && !restarts) {
        throw new Error('Cannot read the revocation log: it does not move on');
      }
      cursor = next;
      if (!page.more && !restarts) break;
    }
    // Only now: a reading that broke off is repeated from where it began.
    this.#cursor = cursor;
  }
}
