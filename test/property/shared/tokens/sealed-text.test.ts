import { assert, asyncProperty, nat, string } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { toBase64Url } from '../../../../shared/bytes.ts';
import { sealText, unsealText } from '../../../../shared/tokens/sealed-text.ts';
import { importSealingKeys } from '../../../../shared/tokens/sealing-keys.ts';

const secret = (byte: number) => toBase64Url(new Uint8Array(32).fill(byte));
const keys = (current: number, previous?: number) =>
  importSealingKeys({
    current: secret(current),
    previous: previous === undefined ? undefined : secret(previous),
  });
const text = string({ unit: 'grapheme', maxLength: 200 });

describe('sealed texts', () => {
  it('open under the same key and purpose, and are different each time', async () => {
    const mine = await keys(1);
    await assert(
      asyncProperty(text, string(), async (plain, purpose) => {
        const sealed = await sealText(mine, purpose, plain);
        expect(await unsealText(mine, purpose, sealed)).toBe(plain);
        expect(await sealText(mine, purpose, plain)).not.toBe(sealed);
        expect(await unsealText(mine, `${purpose}2`, sealed)).toBeUndefined();
      }),
    );
  });

  it('do not open under another key, with a change, or truncated', async () => {
    const mine = await keys(1);
    const other = await keys(2);
    await assert(
      asyncProperty(text, nat(), async (plain, at) => {
        const sealed = await sealText(mine, 'p', plain);
        expect(await unsealText(other, 'p', sealed)).toBeUndefined();
        const index = at % sealed.length;
        const letter = sealed[index] === 'A' ? 'B' : 'A';
        const changed = sealed.slice(0, index) + letter + sealed.slice(index + 1);
        expect(await unsealText(mine, 'p', changed)).toBeUndefined();
        expect(await unsealText(mine, 'p', sealed.slice(0, index))).toBeUndefined();
      }),
    );
  });

  it('from before a rotation open under the previous key', async () => {
    const sealed = await sealText(await keys(1), 'p', 'text');
    expect(await unsealText(await keys(2, 1), 'p', sealed)).toBe('text');
    expect(await unsealText(await keys(2, 3), 'p', sealed)).toBeUndefined();
  });
});
