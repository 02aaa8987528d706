import { describe, expect, it } from 'vitest';

import { PeerAddresses } from '../../../../../durable-objects/hub/messaging/peer-addresses.ts';
import { importConnectSalts } from '../../../../../shared/tokens/connect-salts.ts';

const salt = new Uint8Array(32).fill(9);
const salts = importConnectSalts([salt]);

/** The addresses of one hub in a deployment with these hubs. */
function at(hub: string, hubs: readonly string[], under = salts) {
  const fixture = { hubs, requests: 0, now: 1_000_000 };
  const registry = () => ({
    hubs: async () => {
      fixture.requests += 1;
      return fixture.hubs;
    },
  });
  const addresses = new PeerAddresses({ salts: under, hub, registry, clock: () => fixture.now });
  return { fixture, addresses };
}

const madeUp = () => crypto.randomUUID().replace(/^(.{14})4/, '$16');

describe('the addresses of peers', () => {
  it('[H65] lead from every hub to every other', async () => {
    const hubs = ['hub:eu:0', 'hub:eu:1', 'hub:na:0', 'hub:local:7'];
    const all = hubs.map((hub) => at(hub, hubs));
    for (const [index, { addresses }] of all.entries()) {
      const guid = await addresses.make();
      for (const other of all) expect(await other.addresses.hubsOf(guid)).toEqual([hubs[index]]);
    }
  });

  it('[H68] lead nowhere if they are made up, and the registry is asked at most once a second', async () => {
    const { fixture, addresses } = at('hub:eu:0', ['hub:eu:0', 'hub:na:0']);
    for (let n = 0; n < 50; n += 1) expect(await addresses.hubsOf(madeUp())).toEqual([]);
    expect(fixture.requests).toBe(1);
    fixture.now += 1_000;
    await addresses.hubsOf(madeUp());
    expect(fixture.requests).toBe(2);
  });

  it('[H65] share a lookup that is under way', async () => {
    const { fixture, addresses } = at('hub:eu:0', ['hub:sa:2']);
    const guid = await at('hub:sa:2', []).addresses.make();
    const found = await Promise.all([madeUp(), guid, guid].map((one) => addresses.hubsOf(one)));
    expect(found).toEqual([[], ['hub:sa:2'], ['hub:sa:2']]);
    expect(fixture.requests).toBe(1);
  });

  it('[H68] are not looked up for a GUID that is no peer’s', async () => {
    const { fixture, addresses } = at('hub:eu:0', []);
    expect(await addresses.hubsOf(crypto.randomUUID())).toEqual([]);
    expect(fixture.requests).toBe(0);
  });

  it('[H9] stay valid while their salt is configured', async () => {
    const before = at('hub:eu:0', []).addresses;
    const guids = [await before.make(), await at('hub:sa:2', []).addresses.make()];
    const newer = new Uint8Array(32).fill(8);
    const rotated = at('hub:eu:0', ['hub:sa:2'], importConnectSalts([newer, salt])).addresses;
    const replaced = at('hub:eu:0', ['hub:sa:2'], importConnectSalts([newer])).addresses;
    const found = (one: typeof before) => Promise.all(guids.map((guid) => one.hubsOf(guid)));
    expect(await found(rotated)).toEqual([['hub:eu:0'], ['hub:sa:2']]);
    expect(await found(replaced)).toEqual([[], []]);
    expect(await rotated.hubsOf(await rotated.make())).toEqual(['hub:eu:0']);
    expect(await replaced.hubsOf(await rotated.make())).toEqual(['hub:eu:0']);
  });

  it('[H65] lead to a hub that was registered later', async () => {
    const { fixture, addresses } = at('hub:eu:0', ['hub:eu:0']);
    const guid = await at('hub:sa:2', []).addresses.make();
    expect(await addresses.hubsOf(guid)).toEqual([]);
    fixture.hubs = ['hub:eu:0', 'hub:sa:2'];
    fixture.now += 1_000;
    expect(await addresses.hubsOf(guid)).toEqual(['hub:sa:2']);
  });
});
