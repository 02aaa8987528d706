import { describe, expect, it } from 'vitest';

import { toBase64Url } from '../../../../shared/bytes.ts';
import {
  importConnectSalts,
  readConnectSalts,
  sealForHub,
  unsealForHub,
} from '../../../../shared/tokens/connect-salts.ts';

const salt = (byte: number) => new Uint8Array(16).fill(byte);
const text = (...bytes: readonly number[]) => bytes.map((byte) => toBase64Url(salt(byte)));

describe('what is sealed under the salt', () => {
  it('opens for the same purpose under the same salt, also an older one', async () => {
    const sealed = await sealForHub(await importConnectSalts([salt(1)]), 'p', 'text');
    const [rotated, other] = await Promise.all([
      importConnectSalts([salt(2), salt(1)]),
      importConnectSalts([salt(2)]),
    ]);
    expect(await unsealForHub(rotated, 'p', sealed)).toBe('text');
    expect(await unsealForHub(rotated, 'q', sealed)).toBeUndefined();
    expect(await unsealForHub(other, 'p', sealed)).toBeUndefined();
    const newer = await sealForHub(rotated, 'p', 'text');
    expect(await unsealForHub(other, 'p', newer)).toBe('text');
  });

  it.each([
    ['one salt', text(1).join(''), [salt(1)]],
    ['two', ` ${text(1, 2).join('  ')} `, [salt(1), salt(2)]],
    ['none', ' ', undefined],
    ['one that is too short', toBase64Url(new Uint8Array(15)), undefined],
    ['one that is no base64url', `${text(1).join('')} !`, undefined],
  ])('is read from %s', (_, setting, salts) => {
    expect(readConnectSalts(setting)).toEqual(salts);
  });
});
