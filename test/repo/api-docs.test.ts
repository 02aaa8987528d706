import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { RESERVED_USERNAMES } from '../../workers/identity/accounts/reserved-usernames.ts';

describe('docs/api.md', () => {
  it('lists the usernames that are reserved', () => {
    const [, listed = ''] = /Reserved are (.+)\./.exec(readFileSync('docs/api.md', 'utf8')) ?? [];
    const names = listed.split(', ').map((name) => name.replaceAll('`', ''));
    expect(names).toEqual(RESERVED_USERNAMES);
  });
});
