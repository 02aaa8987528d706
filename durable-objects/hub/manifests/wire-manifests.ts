import type { Clock } from '../../../shared/clock.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import type { ConnectSalts } from '../../../shared/tokens/connect-salts.ts';
import { CatalogueReader } from '../catalogue/catalogue-reader.ts';
import { type EndpointSources, readAllEndpoints } from '../catalogue/read-endpoints.ts';
import { SessionEndpoints } from '../catalogue/session-endpoints.ts';
import type { Connections } from '../connections/connections.ts';
import type { SendControlEvent } from '../connections/control-events.ts';
import type { HubLimits } from '../frames/read-message.ts';
import { ShortcutStore } from '../shortcuts/shortcut-store.ts';
import { ListStore } from './list-store.ts';
import { ManifestWriter } from './manifest-writer.ts';
import { Manifests } from './manifests.ts';

export type ManifestParts = {
  readonly catalogue: CatalogueReader;
  readonly endpoints: SessionEndpoints;
  readonly shortcutStore: ShortcutStore;
  readonly writer: ManifestWriter;
  readonly manifests: Manifests;
};

export type ManifestBase = EndpointSources & {
  readonly settings: { readonly limits: HubLimits; readonly ownClientId: string };
  readonly connections: Connections;
  readonly salts: Promise<ConnectSalts>;
  readonly saltIdOf: (sessionId: string) => string | undefined;
  readonly tell: SendControlEvent;
  readonly waitUntil: (work: Promise<void>) => void;
  readonly clock: Clock;
  readonly log: Log;
};

/** The catalogue, and what clients are told of it. */
export function wireManifests(sql: SqlStorage, base: ManifestBase): ManifestParts {
  const { connections, waitUntil } = base;
  const onChange = () => waitUntil(manifests.updateAll(connections.all(), 'service_update'));
  const catalogue = new CatalogueReader({ ...base, read: () => readAllEndpoints(base), onChange });
  const endpoints = new SessionEndpoints({ ...base, catalogue });
  const stores = { lists: new ListStore(sql), shortcutStore: new ShortcutStore(sql) };
  const { limits } = base.settings;
  const writer = new ManifestWriter({ ...base, ...stores, limits, catalogue, endpoints });
  const manifests: Manifests = new Manifests({ ...base, ...stores, writer, catalogue });
  return { catalogue, endpoints, writer, manifests, shortcutStore: stores.shortcutStore };
}
