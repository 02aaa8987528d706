import type { Clock, Millis } from '../../../shared/clock.ts';
import type {
  BindOutcome,
  ShortcutBinding,
  ShortcutRevocation,
} from '../../../shared/contracts/connect/hub-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
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
import type { Endpoint } from '../catalogue/endpoint.ts';
import {
  type BoundCall,
  isLentTo,
  judgeShortcut,
  type Shortcut,
  type ShortcutChange,
  type ShortcutTarget,
} from './shortcut.ts';
import type { ShortcutStore } from './shortcut-store.ts';

/** Live shortcuts of one session. */
const SHORTCUT_LIMIT = 100;
/** Live shortcuts of one session that one client bound, unless an administrator did: four may fill it. */
const SOURCE_LIMIT = 25;

export type ShortcutsNeeds = {
  readonly store: ShortcutStore;
  /** Whether the hub holds the session. */
  readonly holds: (sessionId: string) => boolean;
  readonly salts: Promise<ConnectSalts>;
  /** The id of the salt of a session's GUIDs. `undefined` means the newest salt. */
  readonly saltIdOf: (sessionId: string) => string | undefined;
  /** `client_id` of the deployment's own tokens. */
  readonly ownClientId: string;
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
  resolve(
    principal: SessionPrincipal,
    guid: GuidText,
  ): Result<BoundCall, ResponseName> | undefined {
    if (!isShortcutGuid(guid)) return undefined;
    const { store, clock } = this.#needs;
    const shortcut = store.find(principal.sessionId, guid);
    if (shortcut === undefined) return undefined;
    return judgeShortcut(shortcut, this.#targetOf(shortcut, principal), clock());
  }

  #targetOf(
    { service, endpoint: key, source }: Shortcut,
    principal: SessionPrincipal,
  ): ShortcutTarget | undefined {
    const { catalogue, ownClientId } = this.#needs;
    const endpoint = catalogue.cached?.find(service, key);
    if (catalogue.cached === undefined || endpoint === undefined) return undefined;
    const isLent = isLentTo(source, endpoint, ownClientId);
    return { endpoint, isLent, isPermitted: catalogue.cached.permits(endpoint, principal) };
  }

  async bind(binding: ShortcutBinding): Promise<BindOutcome> {
    const { holds, onChange, ownClientId, clock } = this.#needs;
    const { sessionId, source } = binding;
    const [shortcutId, endpoint] = await Promise.all([
      this.#guidOf(binding),
      this.#endpointOf(binding),
    ]);
    if (!holds(sessionId)) return { as: 'no_session' };
    if (endpoint === undefined) return { as: 'no_target' };
    if (!isLentTo(source, endpoint, ownClientId)) return { as: 'not_lent' };
    const shortcut: Shortcut = { ...binding, shortcutId, revokedAt: null };
    const refused = this.#store(shortcut, clock());
    if (refused !== undefined) return { as: refused };
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

  /** The endpoint, whoever may call it. It may have been registered, or lent, a moment ago. */
  async #endpointOf({ service, endpoint, source }: ShortcutBinding): Promise<Endpoint | undefined> {
    const { catalogue, ownClientId } = this.#needs;
    const found = (await catalogue.current()).find(service, endpoint);
    if (found !== undefined && isLentTo(source, found, ownClientId)) return found;
    return (await catalogue.reread()).find(service, endpoint);
  }

  /** Returns why it is not stored, if it is not. */
  #store(shortcut: Shortcut, now: Millis): 'too_many' | 'too_many_of_source' | undefined {
    const { store, ownClientId } = this.#needs;
    const { sessionId, source } = shortcut;
    store.removeOld(now);
    store.removeSurplus(shortcut, now);
    const others = store
      .live(sessionId, now)
      .filter(({ shortcutId }) => shortcutId !== shortcut.shortcutId);
    const ofSource = others.filter((other) => other.source === source).length;
    if (ofSource >= SOURCE_LIMIT && source !== ownClientId) return 'too_many_of_source';
    if (others.length >= SHORTCUT_LIMIT) return 'too_many';
    store.put(shortcut);
    return undefined;
  }

  async #scheduleNext(): Promise<void> {
    const at = this.#needs.store.nextExpiry();
    if (at !== undefined) await this.#needs.schedule(at);
  }
}
