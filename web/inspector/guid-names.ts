import type { Manifest } from '../../client/src/hub/manifest.ts';
import { BROADCAST_GUID, ZERO_GUID } from '../../shared/hub-protocol/guid.ts';
import type { Messages } from './messages.ts';

/** The names of the GUIDs that this session's manifests have listed. */
export class GuidNames {
  readonly #names: Map<string, string>;
  readonly #messages: Pick<Messages, 'thisClient'>;

  constructor(messages: Pick<Messages, 'hub' | 'everybody' | 'thisClient'>) {
    this.#messages = messages;
    this.#names = new Map([
      [ZERO_GUID, messages.hub],
      [BROADCAST_GUID, messages.everybody],
    ]);
  }

  add({ availableApis, shortcuts, peerGuid }: Manifest): void {
    for (const { serviceId, service, endpoint } of availableApis) {
      this.#names.set(serviceId, `${service} ${endpoint}`);
    }
    for (const { shortcutId, name } of shortcuts) this.#names.set(shortcutId, name);
    if (peerGuid !== undefined) this.#names.set(peerGuid, this.#messages.thisClient);
  }

  readonly nameOf = (guid: string): string | undefined => this.#names.get(guid);
}
