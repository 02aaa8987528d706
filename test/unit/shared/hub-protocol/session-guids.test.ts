import { describe, expect, it } from 'vitest';
import { importSalt, serviceGuid } from '../../../../shared/hub-protocol/session-guids.ts';

const SALT = Uint8Array.from({ length: 32 }, (_, index) => index);
const PROFILE = { service: 'identity', endpoint: 'GET:/api/v1/auth/profile' };
const ANN = `ses_${'a'.repeat(26)}`;
const BOB = `ses_${'b'.repeat(26)}`;

describe('a service GUID', () => {
  it('[H8] is what HMAC-SHA-256 under the salt gives (computed with another tool)', async () => {
    const salt = await importSalt(SALT);
    expect(await serviceGuid(salt, PROFILE, ANN)).toBe('871b550a-51ea-5d13-929f-8aecbcee9384');
    expect(await serviceGuid(salt, { service: 'echo', endpoint: 'POST:/echo' }, BOB)).toBe(
      '55f27a4a-608f-5638-b91b-6f2f3765fec0',
    );
  });

  it('[H8] differs for another session, endpoint, service and salt', async () => {
    const salt = await importSalt(SALT);
    const guids = await Promise.all([
      serviceGuid(salt, PROFILE, ANN),
      serviceGuid(salt, PROFILE, BOB),
      serviceGuid(salt, { ...PROFILE, endpoint: 'PUT:/api/v1/auth/profile' }, ANN),
      serviceGuid(salt, { ...PROFILE, service: 'policy' }, ANN),
      serviceGuid(await importSalt(SALT.toReversed()), PROFILE, ANN),
    ]);
    expect(new Set(guids).size).toBe(guids.length);
  });

  it('[H8] has version 5 and the variant where RFC 9562 puts them', async () => {
    const salt = await importSalt(SALT);
    const names = Array.from({ length: 32 }, (_, n) => ({ service: 's', endpoint: `GET:/${n}` }));
    const guids = await Promise.all(names.map((name) => serviceGuid(salt, name, ANN)));
    for (const guid of guids) expect(guid).toMatch(/^.{8}-.{4}-5.{3}-[89ab].{3}-.{12}$/);
  });

  it('needs a salt of at least 16 bytes', async () => {
    await expect(importSalt(SALT.subarray(0, 15))).rejects.toThrow(TypeError);
  });
});
