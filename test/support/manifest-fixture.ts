import { env } from 'cloudflare:workers';
import { rpc } from '../../shared/contracts/bindings.ts';
import type { RolesChanged } from '../../shared/contracts/connect/connect-rpc.ts';
import { REGISTRY_NAME, type RegistryRpc } from '../../shared/contracts/connect/registry-rpc.ts';
import type { SessionPrincipal } from '../../shared/contracts/edge/principal.ts';
import { type Api } from './hub-client.ts';
import { aPrincipal, connectToHub, type SessionClient } from './hub-fixture.ts';
import { aRegisteredEndpoint, aRegistration } from './registrations.ts';

export const registry = () => rpc<RegistryRpc>(env.REGISTRIES.getByName(REGISTRY_NAME));

/** A hub of its own for a test. It is told of registered services once it has a client. */
export class ManifestFixture {
  readonly name = `hub:manifests:${crypto.randomUUID()}`;

  get hub() {
    return env.HUBS.getByName(this.name);
  }

  connect(principal = aPrincipal(), subprotocol?: string): Promise<SessionClient> {
    return connectToHub(principal, { hub: this.name, ...(subprotocol && { subprotocol }) });
  }

  /** What the session may call now. */
  async discover(principal: SessionPrincipal): Promise<ManifestReader> {
    return new ManifestReader({ ...(await this.hub.discover(principal)) });
  }
}

export function register(service: string, permission = {}, path = '/moves') {
  const endpoint = aRegisteredEndpoint({
    path,
    permission: { roles: [], scopes: [], ...permission },
  });
  return registry().addService(aRegistration({ name: service, endpoints: [endpoint] }));
}

export async function removeServices(): Promise<void> {
  for (const { name: service } of (await registry().services()).services) {
    await registry().removeService(service, null);
  }
}

let changedAt = Date.now();
export function newRoles({ subject }: SessionPrincipal, roles: string[]): RolesChanged {
  changedAt += 1;
  return { subject, roles, changedAt, until: Math.floor(Date.now() / 1_000) + 900 };
}

type Event = Record<string, unknown>;
type Shortcut = { shortcutId: string; name: string; [member: string]: unknown };

/** The lists that a client has after the manifests it was sent. */
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

  /** Waits for the next event, and reads it as a manifest. */
  async next(client: SessionClient): Promise<Event> {
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
