import type { Manifest } from '../../client/src/hub/manifest.ts';
import { BROADCAST_GUID, ZERO_GUID } from '../../shared/hub-protocol/guid.ts';
import type { Words } from './words.ts';

/** What GUIDs stand for, as far as manifests of this session have told. */
export class Directory {
  readonly #names: Map<string, string>;
  readonly #words: Pick<Words, 'thisClient'>;

  constructor(words: Pick<Words, 'hub' | 'everybody' | 'thisClient'>) {
    this.#words = words;
    this.#names = new Map([
      [ZERO_GUID, words.hub],
      [BROADCAST_GUID, words.everybody],
    ]);
  }

  learn({ availableApis, shortcuts, peerGuid }: Manifest): void {
    for (const { serviceId, service, endpoint } of availableApis) {
      this.#names.set(serviceId, `${service} ${endpoint}`);
    }
    for (const { shortcutId, name } of shortcuts) this.#names.set(shortcutId, name);
    if (peerGuid !== undefined) this.#names.set(peerGuid, this.#words.thisClient);
  }

  readonly nameOf = (guid: string): string | undefined => this.#names.get(guid);
}
