import { env } from 'cloudflare:workers';
import { afterEach, describe, it, vi } from 'vitest';

import { HubRegistration } from '../../../../durable-objects/hub/lifecycle/open-connection.ts';
import { RegistryObject } from '../../../../durable-objects/registry/registry-object.ts';
import { rpc } from '../../../../shared/contracts/bindings.ts';
import {
  REGISTRY_NAME,
  type RegistryRpc,
} from '../../../../shared/contracts/connect/registry-rpc.ts';
import { aPrincipal, connectToHub, requestUpgrade } from '../../../support/hub-fixture.ts';
import { aRegisteredEndpoint, aRegistration } from '../../../support/registrations.ts';

const registry = rpc<RegistryRpc>(env.REGISTRIES.getByName(REGISTRY_NAME));

afterEach(async () => {
  vi.restoreAllMocks();
  const { services } = await registry.services();
  for (const { name } of services) await registry.removeService(name, null);
});

describe('a hub', () => {
  it('[H4] is registered from its first connection on', async ({ expect }) => {
    const hub = `hub:test:${crypto.randomUUID()}`;
    expect(await registry.hubs()).not.toContain(hub);
    using ann = await connectToHub(aPrincipal(), { hub });
    using bob = await connectToHub(aPrincipal(), { hub });
    expect([ann.first, bob.first].every(Boolean)).toBe(true);
    expect((await registry.hubs()).filter((name) => name === hub)).toEqual([hub]);
  });

  it('[H4] refuses connections while the registry cannot be reached', async ({ expect }) => {
    vi.spyOn(RegistryObject.prototype, 'addHub').mockImplementationOnce(async () => {
      throw new Error('Cannot add: switched off by a test');
    });
    const hub = `hub:test:${crypto.randomUUID()}`;
    const principal = aPrincipal();
    expect((await requestUpgrade(principal, { hub })).status).toBe(503);
    using ann = await connectToHub(principal, { hub });
    expect(ann.principal).toBe(principal);
    expect(await registry.hubs()).toContain(hub);
  });

  it('[H4] registers once, and again after a failure', async ({ expect }) => {
    const said: string[] = [];
    let isUp = false;
    const addHub = async (hub: string) => {
      said.push(hub);
      if (!isUp) throw new Error('Cannot add: switched off by a test');
    };
    const registration = new HubRegistration({ hub: 'hub:test:0', registry: () => ({ addHub }) });
    await expect(registration.ensure()).rejects.toThrow('Cannot add');
    isUp = true;
    await Promise.all([registration.ensure(), registration.ensure()]);
    await registration.ensure();
    expect(said).toEqual(['hub:test:0', 'hub:test:0']);
  });

  it('[H6] lists the endpoints of registered services', async ({ expect }) => {
    const hub = `hub:test:${crypto.randomUUID()}`;
    const endpoint = aRegisteredEndpoint({ method: 'GET', path: '/board' });
    await registry.addService(aRegistration({ name: 'chess', endpoints: [endpoint] }));
    using ann = await connectToHub(aPrincipal(), { hub });
    using bob = await connectToHub(aPrincipal(), { hub });
    expect(ann.manifest.availableApis).toContainEqual({
      serviceId: expect.any(String),
      endpoint: 'GET:/board',
      service: 'chess',
      description: 'Makes a move',
    });
    expect(bob.guid('GET:/board')).not.toBe(ann.guid('GET:/board'));
  });
});
