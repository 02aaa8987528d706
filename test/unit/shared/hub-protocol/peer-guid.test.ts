import { describe, expect, it } from 'vitest';
import { hubMark, newPeerGuid, readPeerGuid } from '../../../../shared/hub-protocol/peer-guid.ts';
import { importSalt } from '../../../../shared/hub-protocol/session-guids.ts';

const SALT = Uint8Array.from({ length: 32 }, (_, index) => index);

describe('a peer GUID', () => {
  it('[H64] reveals its hub under the salt (computed with another tool)', async () => {
    const salt = await importSalt(SALT);
    const mark = await hubMark(salt, 'hub:eu:3');
    expect(mark).toBe(3_155_060);
    expect(await readPeerGuid(salt, '00112233-4455-6677-8899-aabbcceee0cd')).toBe(mark);
  });

  it('[H64] reveals no hub under another salt', async () => {
    const [salt, other] = [await importSalt(SALT), await importSalt(SALT.toReversed())];
    const mark = await hubMark(salt, 'hub:eu:3');
    const guids = await Promise.all(Array.from({ length: 16 }, () => newPeerGuid(salt, mark)));
    const read = await Promise.all(guids.map((guid) => readPeerGuid(other, guid)));
    expect(read.filter((one) => one === mark)).toEqual([]);
    // Nor do two GUIDs of one hub show that they are of one hub.
    expect(new Set(guids.map((guid) => guid.slice(-5))).size).toBeGreaterThan(14);
  });

  it('[H64] is invalid without version 6 and the variant', async () => {
    const salt = await importSalt(SALT);
    for (const guid of [
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      '00112233-4455-5677-8899-aabbccddeeff',
      '00112233-4455-6677-0899-aabbccddeeff',
      'not a GUID',
    ])
      expect(await readPeerGuid(salt, guid)).toBeUndefined();
  });
});
