import type { Clock, Millis } from '../../../shared/clock.ts';
import type {
  BindOutcome,
  ShortcutBinding,
  ShortcutRevocation,
} from '../../../shared/contracts/connect/hub-rpc.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import type { ResponseName } from '../../../shared/hub-protocol/response-codes.ts';
import {
  isShortcutGuid,
  type ShortcutName,
  shortcutGuid,
} from '../../../shared/hub-protocol/session-guids.ts';
import type { Result } from '../../../shared/result.ts';
import { type ConnectSalts, saltOf } from '../../../shared/tokens/connect-salts.ts';
import type { CatalogueReader } from '../catalogue/catalogue-reader.ts';
import { type BoundCall, judgeShortcut, type Shortcut, type ShortcutChange } from './shortcut.ts';
import type { ShortcutStore } from './shortcut-store.ts';

/** Live shortcuts of one session. */
const SHORTCUT_LIMIT = 100;

export type ShortcutsNeeds = {
  readonly store: ShortcutStore;
  /** Whether the hub holds the session. */
  readonly holds: (sessionId: string) => boolean;
  readonly salts: Promise<ConnectSalts>;
  /** The id of the salt of a session's GUIDs. `undefined` means the newest salt. */
  readonly saltIdOf: (sessionId: string) => string | undefined;
  readonly catalogue: Pick<CatalogueReader, 'cached' | 'current' | 'reread'>;
  /** Sends the clients of the session their manifest again. */
  readonly onChange: (sessionId: string, change: ShortcutChange) => Promise<void>;
  /** Has {@link Shortcuts.expire} called at that time. */
  readonly schedule: (at: Millis) => Promise<void>;
  readonly clock: Clock;
};

/** The shortcuts of a hub's sessions. */
export class Shortcuts {
  readonly #needs: ShortcutsNeeds;

  constructor(needs: ShortcutsNeeds) {
    this.#needs = needs;
  }

  /** The call that a GUID makes, or the response if it makes none. `undefined` for other GUIDs. */
  resolve(sessionId: string, guid: GuidText): Result<BoundCall, ResponseName> | undefined {
    if (!isShortcutGuid(guid)) return undefined;
    const { store, catalogue, clock } = this.#needs;
    const shortcut = store.find(sessionId, guid);
    if (shortcut === undefined) return undefined;
    const target = catalogue.cached?.find(shortcut.service, shortcut.endpoint);
    return judgeShortcut(shortcut, target, clock());
  }

  async bind(binding: ShortcutBinding): Promise<BindOutcome> {
    const { holds, onChange, clock } = this.#needs;
    const { sessionId } = binding;
    const [shortcutId, hasTarget] = await Promise.all([
      this.#guidOf(binding),
      this.#hasTarget(binding),
    ]);
    if (!holds(sessionId)) return { as: 'no_session' };
    if (!hasTarget) return { as: 'no_target' };
    const shortcut: Shortcut = { ...binding, shortcutId, revokedAt: null };
    if (!this.#store(shortcut, clock())) return { as: 'too_many' };
    await this.#scheduleNext();
    await onChange(sessionId, { added: [shortcut], removed: [] });
    return { as: 'bound', shortcutId };
  }

  async revoke(revocation: ShortcutRevocation): Promise<number> {
    const { store, onChange, clock } = this.#needs;
    const removed = store.revoke(revocation, clock());
    if (removed.length > 0) await onChange(revocation.sessionId, { added: [], removed });
    return removed.length;
  }

  /** Takes expired shortcuts off the manifests. */
  async expire(now: Millis): Promise<void> {
    const { store, onChange } = this.#needs;
    for (const [sessionId, removed] of store.takeExpired(now)) {
      // oxlint-disable-next-line no-await-in-loop -- one client at a time
      await onChange(sessionId, { added: [], removed });
    }
    await this.#scheduleNext();
  }

  async #guidOf(name: ShortcutName): Promise<GuidText> {
    const { salts, saltIdOf } = this.#needs;
    return shortcutGuid(saltOf(await salts, saltIdOf(name.sessionId)).guid, name);
  }

  /**
   * Whether the endpoint exists, without checking who may call it. It may have been registered just
   * now.
   */
  async #hasTarget({ service, endpoint }: ShortcutBinding): Promise<boolean> {
    const { catalogue } = this.#needs;
    if ((await catalogue.current()).find(service, endpoint) !== undefined) return true;
    return (await catalogue.reread()).find(service, endpoint) !== undefined;
  }

  /** Returns `false` if the session has as many shortcuts as it may. */
  #store(shortcut: Shortcut, now: Millis): boolean {
    const { store } = this.#needs;
    store.removeOld(now);
    const others = store
      .live(shortcut.sessionId, now)
      .filter(({ shortcutId }) => shortcutId !== shortcut.shortcutId);
    if (others.length >= SHORTCUT_LIMIT) return false;
    store.put(shortcut);
    return true;
  }

  async #scheduleNext(): Promise<void> {
    const at = this.#needs.store.nextExpiry();
    if (at !== undefined) await this.#needs.schedule(at);
  }
}
