import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, it, vi } from 'vitest';

import { HealthChecks } from '../../../durable-objects/registry/health-checks.ts';
import { SqliteRegistryStore } from '../../../durable-objects/registry/registry-store.ts';
import { minutes, seconds } from '../../../shared/clock.ts';
import { rpc } from '../../../shared/contracts/bindings.ts';
import type { RegistryRpc } from '../../../shared/contracts/connect/registry-rpc.ts';
import { ok } from '../../../shared/result.ts';
import { aRegistration } from '../../support/registrations.ts';

function aRegistry() {
  const stub = env.REGISTRIES.getByName(crypto.randomUUID());
  return { stub, registry: rpc<RegistryRpc>(stub) };
}
type Stub = ReturnType<typeof aRegistry>['stub'];

const STATUSES = new Map<string, number | Error>();
const requests: string[] = [];

/** Where services would be: outside. */
function outside(): void {
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
    const url = String(input instanceof Request ? input.url : input);
    requests.push(url);
    const outcome = STATUSES.get(new URL(url).hostname) ?? 200;
    if (outcome instanceof Error) throw outcome;
    return new Response(null, { status: outcome });
  });
}

/** Lets a round begin now, and end. */
async function round(stub: Stub): Promise<void> {
  await runInDurableObject(stub, async (_, { storage }) => {
    storage.sql.exec("UPDATE _timers SET at = ? WHERE name = 'health'", Date.now());
    await storage.setAlarm(Date.now() + minutes(1));
  });
  await runDurableObjectAlarm(stub);
}

const healthOf = async (registry: RegistryRpc, name = 'chess') =>
  (await registry.service(name))?.health;

afterEach(() => {
  vi.restoreAllMocks();
  STATUSES.clear();
  requests.length = 0;
});

describe('RegistryObject: health', () => {
  it('[RG6] [RG9] shows the health that the services’ answers give', async ({ expect }) => {
    outside();
    const { stub, registry } = aRegistry();
    await registry.addService(aRegistration({ healthPath: '/health' }));
    expect(await healthOf(registry)).toBe('unknown');
    await round(stub);
    await vi.waitFor(async () => expect(await healthOf(registry)).toBe('healthy'));
    expect(requests).toEqual(['https://chess.example.test/health']);

    STATUSES.set('chess.example.test', 503);
    await round(stub);
    await vi.waitFor(() => expect(requests).toHaveLength(2));
    expect(await healthOf(registry)).toBe('healthy');
    await round(stub);
    await vi.waitFor(async () => expect(await healthOf(registry)).toBe('unhealthy'));
    expect((await registry.services()).version).toBe(1);
  });

  it('[RG6] asks a service when it is registered, and 30 s later', async ({ expect }) => {
    outside();
    const { stub, registry } = aRegistry();
    await registry.addService(aRegistration({ healthPath: '/health' }));
    await vi.waitFor(async () => expect(await healthOf(registry)).toBe('healthy'));
    await runInDurableObject(stub, async (_, { storage }) => {
      const at = (await storage.getAlarm()) ?? 0;
      expect(at - Date.now()).toBeGreaterThan(seconds(20));
      expect(at - Date.now()).toBeLessThanOrEqual(seconds(30));
    });
  });

  it('[RG6] asks no service without a health path, and sets no alarm for it', async ({
    expect,
  }) => {
    outside();
    const { stub, registry } = aRegistry();
    await registry.addService(aRegistration());
    await runDurableObjectAlarm(stub);
    await runInDurableObject(stub, async (_, { storage }) => {
      expect(await storage.getAlarm()).toBeNull();
    });
    expect(await healthOf(registry)).toBe('unknown');
    expect(requests).toEqual([]);
  });

  it('[RG7] asks at safe addresses only, and judges each service separately', async ({
    expect,
  }) => {
    outside();
    STATUSES.set('down.example', new Error('Cannot connect: no route'));
    STATUSES.set('moved.example', 302);
    const { stub, registry } = aRegistry();
    const places = {
      inside: 'https://10.0.0.1',
      down: 'https://down.example',
      moved: 'https://moved.example',
      chess: 'https://chess.example.test',
    };
    for (const [name, baseUrl] of Object.entries(places)) {
      await registry.addService(aRegistration({ name, baseUrl, healthPath: '/health' }));
    }
    await round(stub);
    await round(stub);
    await round(stub);
    for (const name of ['inside', 'down', 'moved']) {
      await vi.waitFor(async () => expect(await healthOf(registry, name)).toBe('unhealthy'));
    }
    expect(await healthOf(registry)).toBe('healthy');
    expect(requests.filter((url) => url.includes('10.0.0.1'))).toEqual([]);
  });

  it('[RG8] does not count the answer of a service that was replaced', async ({ expect }) => {
    const { stub, registry } = aRegistry();
    const old = aRegistration({ healthPath: '/old' });
    const fresh = { ...old, healthPath: '/new' };
    await runInDurableObject(stub, async (_, { storage }) => {
      const store = new SqliteRegistryStore(storage.sql);
      store.put(old);
      const works: Promise<void>[] = [];
      const rounds = new HealthChecks({
        store,
        timers: { set: async () => {} },
        fetchSafely: async () => {
          store.put(fresh);
          return ok({ status: 200, headers: new Headers(), body: new Uint8Array() });
        },
        clock: Date.now,
        log: () => {},
        waitUntil: (work) => void works.push(work),
      });
      await rounds.begin();
      await Promise.all(works);
    });
    expect(await registry.service('chess')).toEqual({ ...fresh, health: 'unknown' });
  });
});
