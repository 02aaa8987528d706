import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import { rpc } from '../../../../shared/contracts/bindings.ts';
import {
  REGISTRY_NAME,
  type RegistryRpc,
  type ServiceRegistration,
} from '../../../../shared/contracts/connect/registry-rpc.ts';
import { aPrincipal, connectToHub } from '../../../support/hub-fixture.ts';
import { aRegistration } from '../../../support/registrations.ts';
import { aBinding } from '../../../support/shortcut-fixture.ts';
import { passTime } from '../../../support/user-object-fixture.ts';

const registry = () => rpc<RegistryRpc>(env.REGISTRIES.getByName(REGISTRY_NAME));
const MOVES = { service: 'chess', endpoint: 'POST:/moves' };

let name: string;
const hub = () => env.HUBS.getByName(name);
const connect = () => connectToHub(aPrincipal(), { hub: name });

beforeEach(() => {
  name = `hub:owners:${crypto.randomUUID()}`;
});
afterEach(async () => {
  vi.restoreAllMocks();
  await registry().removeService('chess', null);
});

describe('a shortcut', () => {
  it('[H95] is bound by the owner of its endpoint, and by those whom the owner lets', async ({
    expect,
  }) => {
    using ann = await connect();
    const chess = aRegistration({ owner: 'chess-server' });
    await registry().addService(chess);
    await ann.event();
    const outcomes = async () => {
      const found: string[] = [];
      for (const source of ['chess-server', 'go-server', 'thief', 'sallyport']) {
        const outcome = await hub().bindShortcut(aBinding(ann, { ...MOVES, source }));
        found.push(outcome.as);
      }
      return found;
    };
    const lend = async (shortcuts: ServiceRegistration['shortcuts']) => {
      await registry().replaceService({ ...chess, shortcuts }, null);
      // The registry tells every hub, and this one now.
      await hub().catalogueChanged();
      return outcomes();
    };
    expect(await outcomes()).toEqual(['bound', 'not_lent', 'not_lent', 'bound']);
    expect(await lend(['go-server'])).toEqual(['bound', 'bound', 'not_lent', 'bound']);
    expect(await lend('any')).toEqual(['bound', 'bound', 'bound', 'bound']);
    expect(await lend('owner')).toEqual(['bound', 'not_lent', 'not_lent', 'bound']);
    const ours = aBinding(ann, { source: 'go-server' });
    expect((await hub().bindShortcut(ours)).as).toBe('not_lent');
  });

  it('[H95] is answered with 71 once its endpoint is no longer lent', async ({ expect }) => {
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () => Response.json({}));
    using ann = await connect();
    const chess = aRegistration({ owner: 'chess-server', shortcuts: 'any' });
    await registry().addService(chess);
    await ann.event();
    const bound = await hub().bindShortcut(aBinding(ann, { ...MOVES, source: 'go-server' }));
    if (bound.as !== 'bound') throw new Error(`Cannot bind: ${bound.as}`);
    const guid = bound.shortcutId;
    expect((await ann.call('', { guid })).code).toBe(0);
    await registry().replaceService({ ...chess, shortcuts: 'owner' }, null);
    await hub().catalogueChanged();
    expect((await ann.call('', { guid })).code).toBe(71);
  });
});

describe('the shortcuts of one client', () => {
  it('[H97] are at most 25 of one client, so that others have places left', async ({ expect }) => {
    using ann = await connect();
    await registry().addService(aRegistration({ shortcuts: 'any' }));
    await ann.event();
    const outcomeOf = async (source: string, name: string) =>
      (await hub().bindShortcut(aBinding(ann, { ...MOVES, source, name }))).as;
    for (let n = 0; n < 25; n += 1) expect(await outcomeOf('greedy', `n${n}`)).toBe('bound');
    expect(await outcomeOf('greedy', 'more')).toBe('too_many_of_source');
    expect(await outcomeOf('greedy', 'n0')).toBe('bound');
    expect(await outcomeOf('modest', 'one')).toBe('bound');
  });

  it('[H97] that are dead are stored for the newest hundred of a client', async ({ expect }) => {
    using ann = await connect();
    const { sessionId } = ann.principal;
    for (let n = 0; n < 110; n += 1) {
      passTime(1);
      await hub().bindShortcut(aBinding(ann, { name: `n${n}` }));
      await hub().revokeShortcuts({ sessionId, source: 'sallyport' });
    }
    await hub().bindShortcut(aBinding(ann, { name: 'live' }));
    const names = await runInDurableObject(hub(), (_, { storage }) =>
      storage.sql.exec<{ name: string }>('SELECT name FROM shortcuts').toArray(),
    );
    expect(names).toHaveLength(101);
    expect(names.map((row) => row.name)).toContain('n109');
    expect(names.map((row) => row.name)).not.toContain('n0');
  });
});
