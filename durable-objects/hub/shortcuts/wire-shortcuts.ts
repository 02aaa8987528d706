import type { Clock, Millis } from '../../../shared/clock.ts';
import { type ShortcutName, shortcutGuid } from '../../../shared/hub-protocol/session-guids.ts';
import { type ConnectSalts, saltOf } from '../../../shared/tokens/connect-salts.ts';
import type { Connections } from '../connections/connections.ts';
import type { ManifestParts } from '../manifests/wire-manifests.ts';
import type { Streams } from '../streams/streams.ts';
import type { Sweeper } from '../sweeper.ts';
import type { ShortcutChange } from './shortcut.ts';
import { Shortcuts } from './shortcuts.ts';

export type ShortcutBase = Pick<ManifestParts, 'shortcutStore' | 'catalogue' | 'manifests'> & {
  readonly connections: Pick<Connections, 'ofSession'>;
  readonly streams: Pick<Streams, 'find'>;
  readonly salts: Promise<ConnectSalts>;
  readonly saltIdOf: (sessionId: string) => string | undefined;
  readonly sweeper: Pick<Sweeper, 'watchShortcuts'>;
  readonly clock: Clock;
};

/** Shortcuts over the hub's storage, connections and streams. */
export function wireShortcuts(base: ShortcutBase): Shortcuts {
  const { shortcutStore, connections, streams, manifests, salts, saltIdOf, sweeper } = base;
  const onChange = async (sessionId: string, change: ShortcutChange) => {
    for (const connection of connections.ofSession(sessionId)) {
      await manifests.update(connection, 'session_update', change);
    }
  };
  const guidOf = async (name: ShortcutName) =>
    shortcutGuid(saltOf(await salts, saltIdOf(name.sessionId)).guid, name);
  const schedule = (at: Millis) => sweeper.watchShortcuts(at);
  const holds = (sessionId: string) => streams.find(sessionId) !== undefined;
  return new Shortcuts({ ...base, store: shortcutStore, holds, guidOf, onChange, schedule });
}
