import { describe, expect, it } from 'vitest';
import { hubName, regionOf } from '../../../workers/connect/hubs/hub-network.ts';

describe('the hub of a session', () => {
  it.each([
    [{ continent: 'EU' }, 'eu'],
    [{ continent: 'OC' }, 'oc'],
    [{}, 'local'],
    [undefined, 'local'],
    [null, 'local'],
    [{ continent: 'x:0' }, 'local'],
  ])('[CN4] is in the region of %j: %s', (cf, region) => {
    expect(regionOf(cf)).toBe(region);
  });

  it('[CN4] depends on the session alone, and on all of it', () => {
    const names = Array.from({ length: 64 }, (_, n) => hubName('eu', `ses_${n}`, 4));
    expect(new Set(names)).toEqual(new Set(['hub:eu:0', 'hub:eu:1', 'hub:eu:2', 'hub:eu:3']));
    expect(hubName('eu', 'ses_1', 4)).toBe(hubName('eu', 'ses_1', 4));
  });

  it.each([
    [`ses_${'a'.repeat(26)}`, 64, 'hub:eu:1'],
    [`ses_${'b'.repeat(26)}`, 64, 'hub:eu:39'],
    ['ses_01jb2q0v7m8k9n3p4r5s6t7v8w', 64, 'hub:eu:46'],
  ])('[CN4] is the same in every version: %s of %i is %s', (sessionId, hubs, name) => {
    expect(hubName('eu', sessionId, hubs)).toBe(name);
  });
});
