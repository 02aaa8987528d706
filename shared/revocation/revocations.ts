import { type Background, Refresher, type RefresherRuntime } from '../cache/refresher.ts';
import { type Millis, seconds } from '../clock.ts';
import type { Principal } from '../contracts/edge/principal.ts';
import type { IdentityRpc } from '../contracts/identity/identity-rpc.ts';
import { cursorAfter, RevocationSet, START } from './revocation-set.ts';

export type RevocationLimits = {
  /** From this age on the answer waits for a new snapshot. */
  readonly maxAge: Millis;
  /** From this age on the snapshot is not used, even if the log cannot be reached. */
  readonly unreachableAge: Millis;
};

const REFRESH_AFTER = seconds(2);

/** A snapshot of the revocation log in the isolate. */
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
      refreshAfter: Math.min(REFRESH_AFTER, maxAge),
      waitAfter: maxAge,
      unusableAfter: unreachableAge,
    };
    const load = () => this.#readOn(source, runtime);
    this.#refresher = new Refresher({ ...freshness, name: 'revocation_log', load }, runtime);
  }

  /**
   * Whether the session or the token is revoked in the snapshot. If not, it may have been revoked
   * since.
   */
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

  /**
   * Makes the next answer wait until the log was read again, because something was revoked just
   * now.
   */
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
    // The cursor is set last, so that a reading that failed is repeated from its start.
    this.#cursor = cursor;
  }
}
