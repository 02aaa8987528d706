import type { Clock, Millis } from '../../../shared/clock.ts';
import type {
  BindOutcome,
  ShortcutBinding,
  ShortcutRevocation,
} from '../../../shared/contracts/connect/hub-rpc.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import type { ResponseName } from '../../../shared/hub-protocol/response-codes.ts';
import { isShortcutGuid, type ShortcutName } from '../../../shared/hub-protocol/session-guids.ts';
import type { Result } from '../../../shared/result.ts';
import type { CatalogueReader } from '../catalogue/catalogue-reader.ts';
import { type BoundCall, judgeShortcut, type Shortcut, type ShortcutChange } from './shortcut.ts';
import type { ShortcutStore } from './shortcut-store.ts';

/** How many live shortcuts a session can have. */
const MOST = 100;

export type ShortcutsDeps = {
  readonly store: ShortcutStore;
  /** Whether the hub holds the session. */
  readonly holds: (sessionId: string) => boolean;
  readonly guidOf: (name: ShortcutName) => Promise<GuidText>;
  readonly catalogue: Pick<CatalogueReader, 'known' | 'current' | 'reread'>;
  /** Tells the client of the session. */
  readonly onChange: (sessionId: string, change: ShortcutChange) => Promise<void>;
  /** Sees to it that {@link Shortcuts.expire} is called when the next one expires. */
  readonly schedule: (at: Millis) => Promise<void>;
  readonly clock: Clock;
};

/** The shortcuts of a hub's sessions. */
export class Shortcuts {
  readonly #deps: ShortcutsDeps;

  constructor(deps: ShortcutsDeps) {
    this.#deps = deps;
  }

  /** What calling a GUID runs, or why it runs nothing. `undefined`: it is no shortcut's. */
  resolve(sessionId: string, guid: GuidText): Result<BoundCall, ResponseName> | undefined {
    if (!isShortcutGuid(guid)) return undefined;
    const { store, catalogue, clock } = this.#deps;
    const shortcut = store.find(sessionId, guid);
    if (shortcut === undefined) return undefined;
    const target = catalogue.known?.find(shortcut.service, shortcut.endpoint);
    return judgeShortcut(shortcut, target, clock());
  }

  async bind(binding: ShortcutBinding): Promise<BindOutcome> {
    const { holds, guidOf, onChange, clock } = this.#deps;
    const { sessionId } = binding;
    const [shortcutId, hasTarget] = await Promise.all([guidOf(binding), this.#hasTarget(binding)]);
    if (!holds(sessionId)) return { as: 'no_session' };
    if (!hasTarget) return { as: 'no_target' };
    const shortcut: Shortcut = { ...binding, shortcutId, revokedAt: null };
    if (!this.#store(shortcut, clock())) return { as: 'too_many' };
    await this.#scheduleNext();
    await onChange(sessionId, { added: [shortcut], removed: [] });
    return { as: 'bound', shortcutId };
  }

  async revoke(revocation: ShortcutRevocation): Promise<number> {
    const { store, onChange, clock } = this.#deps;
    const removed = store.revoke(revocation, clock());
    if (removed.length > 0) await onChange(revocation.sessionId, { added: [], removed });
    return removed.length;
  }

  /** Takes those off the lists whose time is up. */
  async expire(now: Millis): Promise<void> {
    const { store, onChange } = this.#deps;
    for (const [sessionId, removed] of store.takeExpired(now)) {
      // oxlint-disable-next-line no-await-in-loop -- one client at a time
      await onChange(sessionId, { added: [], removed });
    }
    await this.#scheduleNext();
  }

  /** Whether there is such an endpoint, whoever may call it: perhaps since a moment ago. */
  async #hasTarget({ service, endpoint }: ShortcutBinding): Promise<boolean> {
    const { catalogue } = this.#deps;
    if ((await catalogue.current()).find(service, endpoint) !== undefined) return true;
    return (await catalogue.reread()).find(service, endpoint) !== undefined;
  }

  /** Returns `false` if the session has its fill. */
  #store(shortcut: Shortcut, now: Millis): boolean {
    const { store } = this.#deps;
    store.removeOld(now);
    const others = store
      .live(shortcut.sessionId, now)
      .filter(({ shortcutId }) => shortcutId !== shortcut.shortcutId);
    if (others.length >= MOST) return false;
    store.put(shortcut);
    return true;
  }

  async #scheduleNext(): Promise<void> {
    const at = this.#deps.store.nextExpiry();
    if (at !== undefined) await this.#deps.schedule(at);
  }
}
