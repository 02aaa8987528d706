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

type Client = { client: SessionClient; known: ManifestReader };

async function take(step: Step, world: ManifestFixture, clients: readonly Client[]): Promise<void> {
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
      await world.hub.holding([]);
      return evictDurableObject(world.hub, { webSockets: 'hibernate' });
    case 'roles':
      for (const { client } of clients)
        await changeRoles(env, newRoles(client.principal, step.roles));
  }
}

/** Reads every manifest that has come. */
async function catchUp({ client, known }: Client): Promise<void> {
  // Behind every update: once this is answered, what was sent has come.
  client.learn([...known.apis.values()]);
  await client.call('POST:/echo');
  while (client.inbox.length > 0) {
    const last = known.version;
    await known.next(client);
    if (known.version !== last + 1) throw new Error(`Version ${known.version} after ${last}`);
  }
}

async function checkTruth(
  world: ManifestFixture,
  { client, known }: Client,
  roles: string[],
): Promise<void> {
  const truth = await world.discover({ ...client.principal, roles });
  const [mine, theirs] = [known.sorted, truth.sorted].map((each) => JSON.stringify(each));
  if (mine !== theirs) throw new Error(`${mine} is not ${theirs}`);
  if (known.hash !== truth.hash) throw new Error('Another hash');
}

describe('manifests under all kinds of changes', () => {
  it('[H76] [H78] leave every client with the lists that are true', async () => {
    const property = fc.asyncProperty(
      fc.array(aStep, { minLength: 1, maxLength: 12 }),
      async (steps) => {
        const world = new ManifestFixture();
        using delta = await world.connect(aPrincipal({ roles: [] }), 'sallyport.v1');
        using whole = await world.connect(aPrincipal({ roles: [] }));
        const clients = [delta, whole].map((client) => ({
          client,
          known: new ManifestReader(client.manifest),
        }));
        for (const step of steps) await take(step, world, clients);
        await world.hub.catalogueChanged();
        const last = steps.findLast((step) => step.do === 'roles');
        for (const each of clients) {
          await catchUp(each);
          await checkTruth(world, each, last?.roles ?? []);
        }
        await removeServices();
      },
    );
    await fc.assert(property, { numRuns: 10 });
  }, 60_000);
});
