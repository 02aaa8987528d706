import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { changeRoles } from '../../../../workers/connect/hubs/user-changes.ts';
import { aPrincipal, type SessionClient } from '../../../support/hub-fixture.ts';
import {
  ManifestFixture,
  ManifestReader,
  newRoles,
  register,
  registry,
  removeServices,
} from '../../../support/manifest-fixture.ts';

type Step =
  | { do: 'register' | 'unregister'; service: string }
  | { do: 'roles'; roles: string[] }
  | { do: 'evict' };

const aStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constantFrom('register' as const, 'unregister' as const),
    service: fc.constantFrom('chess', 'go', 'admin-tools'),
  }),
  fc.record({
    do: fc.constant('roles' as const),
    roles: fc.subarray(['user', 'admin', 'editor']),
  }),
  fc.record({ do: fc.constant('evict' as const) }),
);

type Client = { client: SessionClient; reader: ManifestReader };

async function take(
  step: Step,
  fixture: ManifestFixture,
  clients: readonly Client[],
): Promise<void> {
  switch (step.do) {
    case 'register':
      await register(
        step.service,
        step.service === 'admin-tools' ? { roles: ['admin'] } : {},
        `/${step.service}`,
      );
      return;
    case 'unregister':
      await registry().removeService(step.service, null);
      return;
    case 'evict':
      await fixture.hub.holding([]);
      return evictDurableObject(fixture.hub, { webSockets: 'hibernate' });
    case 'roles':
      for (const { client } of clients)
        await changeRoles(env, newRoles(client.principal, step.roles));
  }
}

/** Reads the manifests that have arrived. */
async function catchUp({ client, reader }: Client): Promise<void> {
  // The echo comes after every update, so once it is answered they have arrived.
  client.learn([...reader.apis.values()]);
  await client.call('POST:/echo');
  while (client.inbox.length > 0) {
    const last = reader.version;
    await reader.next(client);
    if (reader.version !== last + 1) throw new Error(`Version ${reader.version} after ${last}`);
  }
}

async function checkTruth(
  fixture: ManifestFixture,
  { client, reader }: Client,
  roles: string[],
): Promise<void> {
  const truth = await fixture.discover({ ...client.principal, roles });
  const [mine, theirs] = [reader.sorted, truth.sorted].map((each) => JSON.stringify(each));
  if (mine !== theirs) throw new Error(`${mine} is not ${theirs}`);
  if (reader.hash !== truth.hash) throw new Error('Another hash');
}

describe('manifests', () => {
  it('[H76] [H78] leave every client with the current lists, whatever changes', async () => {
    const property = fc.asyncProperty(
      fc.array(aStep, { minLength: 1, maxLength: 12 }),
      async (steps) => {
        const fixture = new ManifestFixture();
        using delta = await fixture.connect(aPrincipal({ roles: [] }), 'sallyport.v1');
        using whole = await fixture.connect(aPrincipal({ roles: [] }));
        const clients = [delta, whole].map((client) => ({
          client,
          reader: new ManifestReader(client.manifest),
        }));
        for (const step of steps) await take(step, fixture, clients);
        await fixture.hub.catalogueChanged();
        const last = steps.findLast((step) => step.do === 'roles');
        for (const each of clients) {
          await catchUp(each);
          await checkTruth(fixture, each, last?.roles ?? []);
        }
        await removeServices();
      },
    );
    await fc.assert(property, { numRuns: 10 });
  }, 60_000);
});
