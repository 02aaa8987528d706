import { describe, expect, it } from 'vitest';

import { DeploymentJwks } from '../../../../shared/cache/deployment-jwks.ts';
import { aSigner, jwkSet, type Signer } from '../../../support/jws-forge.ts';

/** Published keys that a test sets, and a clock that it moves. */
class KeysFixture {
  now = 1_000_000;
  fetches = 0;
  signers: Signer[] = [];
  isReachable = true;
  readonly keys = new DeploymentJwks(
    'test.keys',
    {
      jwks: async () => {
        this.fetches += 1;
        if (!this.isReachable) throw new Error('Cannot reach keys: a test says so');
        return jwkSet(...this.signers) as never;
      },
    },
    { clock: () => this.now, log: () => {}, wait: async (duration) => void (this.now += duration) },
  );

  async kids(): Promise<readonly string[]> {
    return [...(await this.keys.keys()).keys()];
  }
}

async function aFixture(...kids: readonly string[]): Promise<KeysFixture> {
  const fixture = new KeysFixture();
  for (const kid of kids) fixture.signers.push(await aSigner('ES256', kid));
  return fixture;
}

describe('DeploymentJwks', () => {
  it('fetches once in five minutes', async () => {
    const fixture = await aFixture('a');
    await fixture.kids();
    fixture.now += 299_999;
    expect([await fixture.kids(), fixture.fetches]).toEqual([['a'], 1]);
    fixture.now += 1;
    expect([await fixture.kids(), fixture.fetches]).toEqual([['a'], 2]);
  });

  it('uses its keys for an hour if no fetch succeeds, and then throws', async () => {
    const fixture = await aFixture('a');
    await fixture.kids();
    fixture.isReachable = false;
    fixture.now += 3_599_999;
    expect(await fixture.kids()).toEqual(['a']);
    fixture.now += 1_001;
    await expect(fixture.kids()).rejects.toThrow('a test says so');
  });

  it('fetches for an unknown kid, but not within a second of the last fetch', async () => {
    const fixture = await aFixture('a');
    await fixture.kids();
    fixture.signers.push(await aSigner('ES256', 'b'));
    fixture.now += 999;
    expect([...(await fixture.keys.keysAfterUnknownKid()).keys()]).toEqual(['a']);
    fixture.now += 1;
    expect([...(await fixture.keys.keysAfterUnknownKid()).keys()]).toEqual(['a', 'b']);
    expect(fixture.fetches).toBe(2);
  });

  it('throws where the fetch for an unknown kid fails', async () => {
    const fixture = await aFixture('a');
    await fixture.kids();
    fixture.now += 1_000;
    fixture.isReachable = false;
    for (let n = 0; n < 2; n += 1) {
      await expect(fixture.keys.keysAfterUnknownKid()).rejects.toThrow('a test says so');
    }
    expect(fixture.fetches).toBe(2);
  });

  it('holds a key that did not change as the same object', async () => {
    const fixture = await aFixture('a', 'b');
    const before = await fixture.keys.keys();
    fixture.signers[1] = await aSigner('ES256', 'b');
    fixture.now += 300_000;
    const after = await fixture.keys.keys();
    expect(after.get('a')).toBe(before.get('a'));
    expect(after.get('b')).not.toBe(before.get('b'));
    const [a, b] = [before.get('a'), before.get('b')];
    expect(a && fixture.keys.isCurrent(a)).toBe(true);
    expect(b && fixture.keys.isCurrent(b)).toBe(false);
  });
});
