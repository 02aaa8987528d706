import { describe, expect, it } from 'vitest';

import { createAdministrator } from '../../../scripts/local/administrator.ts';

/** Nothing listens there: a password is refused before the database is asked. */
const connectionString = 'postgres://127.0.0.1:1/none';

describe('the password of the first administrator', () => {
  it.each([
    ['short', 'Must have at least 8 characters'],
    ['            ', 'Must not be made of spaces'],
    ['000000000000', 'Must not be one character that is repeated'],
    ['password123', 'Must not be one of the most common passwords'],
    ['ops@example.test', 'Must not contain the e-mail address'],
  ])('is not %j, and the error says why', async (password, reason) => {
    const request = { connectionString, email: 'ops@example.test', password };
    await expect(createAdministrator(request)).rejects.toThrow(
      `Cannot create the administrator: the password: ${reason}`,
    );
  });
});
