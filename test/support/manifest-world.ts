import { env } from 'cloudflare:workers';
import { rpc } from '../../shared/contracts/bindings.ts';
import type { RolesChanged } from '../../shared/contracts/connect/connect-rpc.ts';
import { REGISTRY_NAME, type RegistryRpc } from '../../shared/contracts/connect/registry-rpc.ts';
import type { SessionPrincipal } from '../../shared/contracts/edge/principal.ts';
import { aPrincipal, HubClient } from './hub-client.ts';
import { ManifestReader } from './manifest-reader.ts';
import { aRegisteredEndpoint, aRegistration } from './registrations.ts';

export const registry = () => rpc<RegistryRpc>(env.REGISTRIES.getByName(REGISTRY_NAME));

/** A hub of its own for a test: what is registered is told every hub that has a client. */
export class ManifestWorld {
  readonly name = `hub:manifests:${crypto.randomUUID()}`;

  get hub() {
    return env.HUBS.getByName(this.name);
  }

  connect(principal = aPrincipal(), subprotocol?: string): Promise<HubClient> {
    return HubClient.connect(principal, { hub: this.name, ...(subprotocol && { subprotocol }) });
  }

  /** What is true. */
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
