import { describe, expect, it } from 'vitest';

import { newAccountId } from '../../../../shared/ids.ts';
import {
  newAuthorizationCode,
  unsealAuthorizationCode,
} from '../../../../shared/tokens/authorization-code.ts';
import { sealText } from '../../../../shared/tokens/sealed-text.ts';
import { importSealingKeys } from '../../../../shared/tokens/sealing-keys.ts';

const SECRET = 'ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8';
const NEXT = 'QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8';

describe('an authorization code', () => {
  it('names its user and its hash, and no two are equal', async () => {
    const keys = await importSealingKeys({ current: SECRET });
    const accountId = newAccountId();
    const code = await newAuthorizationCode(keys, accountId);
    const { codeHash, text } = code;
    expect(text).toMatch(/^sac_[A-Za-z0-9_-]+$/);
    expect(await unsealAuthorizationCode(keys, text)).toEqual({ accountId, codeHash });
    const other = await newAuthorizationCode(keys, accountId);
    expect(other.text).not.toBe(text);
    expect(other.codeHash).not.toEqual(codeHash);
  });

  it('is valid after one rotation of the sealing key, but not after two', async () => {
    const before = await importSealingKeys({ current: SECRET });
    const { text } = await newAuthorizationCode(before, newAccountId());
    const after = await importSealingKeys({ current: NEXT, previous: SECRET });
    expect(await unsealAuthorizationCode(after, text)).toBeDefined();
    expect(await unsealAuthorizationCode(await importSealingKeys({ current: NEXT }), text)).toBe(
      undefined,
    );
  });

  it('is invalid with any character changed, and so is any other sealed text', async () => {
    const keys = await importSealingKeys({ current: SECRET });
    const { text } = await newAuthorizationCode(keys, newAccountId());
    const changed = Array.from(text, (character, index) => {
      const other = character === 'A' ? 'B' : 'A';
      return text.slice(0, index) + other + text.slice(index + 1);
    });
    const elsewhere = `sac_${await sealText(keys, 'browser session v1', 'x'.repeat(79))}`;
    const wrongShape = `sac_${await sealText(keys, 'authorization code v1', 'x'.repeat(79))}`;
    for (const one of [...changed, elsewhere, wrongShape, '', 'sac_', ` ${text}`, `${text}=`]) {
      expect(await unsealAuthorizationCode(keys, one)).toBeUndefined();
    }
  });
});
