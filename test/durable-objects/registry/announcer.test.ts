import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';

import { Announcer } from '../../../durable-objects/registry/announcer.ts';
import { SqliteRegistryStore } from '../../../durable-objects/registry/registry-store.ts';
import { rpc } from '../../../shared/contracts/bindings.ts';
import type { RegistryRpc } from '../../../shared/contracts/connect/registry-rpc.ts';
import { Timers } from '../../../shared/sql/timers.ts';
import { aRegistration } from '../../support/registrations.ts';

function aRegistry() {
  const stub = env.REGISTRIES.getByName(crypto.randomUUID());
  return { stub, registry: rpc<RegistryRpc>(stub) };
}

type Announced = { readonly hub: string; readonly version: number };

/** An announcer over the real storage, to hubs that are up or not. */
function announcerOf(
  storage: DurableObjectStorage,
  down: ReadonlySet<string>,
): { announced: Announced[]; announcer: Announcer } {
  const store = new SqliteRegistryStore(storage.sql);
  const announced: Announced[] = [];
  const announcer = new Announcer({
    store,
    timers: new Timers(storage, Date.now, { announce: () => {} }),
    hub: (hub) => ({
      catalogueChanged: async () => {
        if (down.has(hub)) throw new Error('Cannot reach the hub: switched off by a test');
        announced.push({ hub, version: store.version() });
      },
    }),
    clock: Date.now,
    log: () => {},
  });
  return { announced, announcer };
}

const announceTimers = (storage: DurableObjectStorage) =>
  storage.sql.exec("SELECT 1 FROM _timers WHERE name = 'announce'").toArray().length;

describe('Announcer', () => {
  it('[RG5] tells each hub of a change, and repeats it to a hub that did not answer', async ({
    expect,
  }) => {
    const { stub, registry } = aRegistry();
    await registry.addHub('hub:test:a');
    await registry.addHub('hub:test:b');
    await runInDurableObject(stub, async (_, { storage }) => {
      new SqliteRegistryStore(storage.sql).put(aRegistration());
      const { announced, announcer } = announcerOf(storage, new Set(['hub:test:b']));
      await announcer.announce();
      await announcer.announce();
      expect(announced).toEqual([{ hub: 'hub:test:a', version: 1 }]);
      expect(announceTimers(storage)).toBe(1);
    });
    await evictDurableObject(stub);
    await runInDurableObject(stub, async (_, { storage }) => {
      const { announced, announcer } = announcerOf(storage, new Set());
      await announcer.announce();
      await announcer.announce();
      expect(announced).toEqual([{ hub: 'hub:test:b', version: 1 }]);
      expect(announceTimers(storage)).toBe(0);
    });
  });

  it('[RG5] does not replace a newer change by an older one in its record', async ({ expect }) => {
    const { stub, registry } = aRegistry();
    await registry.addHub('hub:test:a');
    await runInDurableObject(stub, async (_, { storage }) => {
      const store = new SqliteRegistryStore(storage.sql);
      store.put(aRegistration());
      store.put(aRegistration());
      store.recordAnnounced('hub:test:a', 1);
      expect(store.behind(2)).toEqual(['hub:test:a']);
      store.recordAnnounced('hub:test:a', 2);
      store.recordAnnounced('hub:test:a', 1);
      expect(store.behind(2)).toEqual([]);
    });
  });

  it('[RG5] does not tell a hub of a change that was made before the hub was listed', async ({
    expect,
  }) => {
    const { stub, registry } = aRegistry();
    await registry.addService(aRegistration());
    await registry.addHub('hub:test:a');
    await runInDurableObject(stub, async (_, { storage }) => {
      const { announced, announcer } = announcerOf(storage, new Set());
      await announcer.announce();
      expect(announced).toEqual([]);
    });
  });
});
