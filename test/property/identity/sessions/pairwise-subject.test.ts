import { assert, asyncProperty, domain, pre, uuid } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { AccountId } from '../../../../shared/ids.ts';
import {
  accountOfSubject,
  importPairwiseKey,
  pairwiseSubject,
} from '../../../../workers/identity/sessions/pairwise-subject.ts';

const key = () => importPairwiseKey(new Uint8Array(32).fill(7));
const account = uuid().map((id) => AccountId.restore(id));
const sector = domain();

describe('pairwise subjects (OpenID Connect Core §8.1)', () => {
  it('are the same for one account and sector, and lead back to the account', async () => {
    const mine = await key();
    await assert(
      asyncProperty(sector, account, async (host, id) => {
        const subject = await pairwiseSubject(mine, host, id);
        expect(subject).toMatch(/^pws_[A-Za-z0-9_-]{43}$/);
        expect(await pairwiseSubject(mine, host, id)).toBe(subject);
        expect(await accountOfSubject(mine, subject)).toBe(id);
      }),
    );
  });

  it('differ between sectors, accounts and deployments', async () => {
    const mine = await key();
    const other = await importPairwiseKey(new Uint8Array(32).fill(8));
    await assert(
      asyncProperty(sector, account, account, async (host, one, two) => {
        pre(one !== two);
        const subject = await pairwiseSubject(mine, host, one);
        expect(await pairwiseSubject(mine, `${host}.`, one)).not.toBe(subject);
        expect(await pairwiseSubject(mine, host, two)).not.toBe(subject);
        expect(await pairwiseSubject(other, host, one)).not.toBe(subject);
      }),
    );
  });

  it('share no visible part between sectors', async () => {
    const mine = await key();
    const id = AccountId.restore('00000000-0000-4000-8000-000000000000');
    const [a, b] = [
      await pairwiseSubject(mine, 'a.test', id),
      await pairwiseSubject(mine, 'b.test', id),
    ];
    const same = Array.from(a).filter((letter, index) => index > 3 && letter === b[index]).length;
    expect(same).toBeLessThan(10);
  });

  it('leave other subjects alone', async () => {
    const mine = await key();
    const id = '00000000-0000-4000-8000-000000000000';
    expect(await accountOfSubject(mine, id)).toBe(id);
    expect(await accountOfSubject(mine, 'a-client')).toBeUndefined();
    expect(await accountOfSubject(mine, 'pws_short')).toBeUndefined();
  });
});
