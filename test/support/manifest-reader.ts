import type { Api, HubClient } from './hub-client.ts';

type Event = Record<string, unknown>;
type Shortcut = { shortcutId: string; name: string; [member: string]: unknown };

/** What a client makes of the manifests it gets: the lists as it knows them. */
export class ManifestReader {
  readonly apis = new Map<string, Api>();
  shortcuts: Shortcut[] = [];
  version = 0;
  hash = '';

  constructor(first: Event) {
    this.read(first);
  }

  read(event: Event): void {
    const { availableApis, added, removed, shortcuts, version, manifestHash } = event;
    if (availableApis !== undefined) this.apis.clear();
    for (const id of (removed ?? []) as string[]) this.apis.delete(id);
    for (const api of (availableApis ?? added ?? []) as Api[]) this.apis.set(api.serviceId, api);
    if (shortcuts !== undefined) this.shortcuts = shortcuts as Shortcut[];
    this.version = version as number;
    this.hash = manifestHash as string;
  }

  /** Takes the manifests that have come. */
  async next(client: HubClient): Promise<Event> {
    const event = await client.event();
    this.read(event);
    return event;
  }

  get endpoints(): string[] {
    return [...this.apis.values()].map(({ endpoint }) => endpoint).toSorted();
  }

  get sorted(): Api[] {
    return [...this.apis.values()].toSorted((a, b) => a.serviceId.localeCompare(b.serviceId));
  }
}
