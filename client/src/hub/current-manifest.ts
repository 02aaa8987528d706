import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import type { JsonObject } from '../json.ts';
import { Listeners } from '../listeners.ts';
import { type Manifest, readManifest } from './manifest.ts';

/** The manifest as it is now, to look GUIDs up in. */
export class CurrentManifest {
  readonly changes = new Listeners<Manifest>();
  #manifest: Manifest | undefined;
  #guids: ReadonlyMap<string, GuidText> = new Map();
  /** Those that are gone too: the hub says what became of them. */
  readonly #shortcuts = new Map<string, GuidText>();

  get current(): Manifest | undefined {
    return this.#manifest;
  }

  /** @param event `connect.capability-manifest`. */
  update(event: JsonObject): Manifest {
    const manifest = readManifest(event, this.#manifest);
    // Another session has other GUIDs.
    if (manifest.sessionId !== this.#manifest?.sessionId) this.#shortcuts.clear();
    this.#manifest = manifest;
    this.#guids = new Map(
      manifest.availableApis.map(({ service, endpoint, serviceId }) => [
        `${service} ${endpoint}`,
        serviceId,
      ]),
    );
    for (const { name, shortcutId } of manifest.shortcuts) this.#shortcuts.set(name, shortcutId);
    this.changes.tell(manifest);
    return manifest;
  }

  find(service: string, endpoint: string): GuidText | undefined {
    return this.#guids.get(`${service} ${endpoint}`);
  }

  findShortcut(name: string): GuidText | undefined {
    return this.#shortcuts.get(name);
  }
}
