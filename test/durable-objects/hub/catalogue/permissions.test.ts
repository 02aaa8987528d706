import { describe, it } from 'vitest';
import { readJson } from '../../../support/hub-client.ts';
import { aPrincipal, connectToHub, type SessionClient } from '../../../support/hub-fixture.ts';

const ADMINISTER = 'POST:/api/v1/test/administer';
const SCOPED = 'POST:/api/v1/test/scoped';

const listed = ({ manifest }: SessionClient) =>
  manifest.availableApis.map(({ endpoint }) => endpoint);

describe('permissions', () => {
  it('[H7] decide which endpoints the manifest lists', async ({ expect }) => {
    using ann = await connectToHub();
    using eve = await connectToHub(aPrincipal({ roles: ['user', 'admin'] }));
    using bob = await connectToHub(aPrincipal({ scopes: ['openid', 'game:play'] }));
    expect(listed(ann)).not.toContain(ADMINISTER);
    expect(listed(ann)).not.toContain(SCOPED);
    expect(listed(eve)).toContain(ADMINISTER);
    expect(listed(bob)).toContain(SCOPED);
    expect(listed(bob)).not.toContain(ADMINISTER);
  });

  it('[H7] decide which endpoints can be called or described', async ({ expect }) => {
    const admin = aPrincipal({ roles: ['admin'] });
    using eve = await connectToHub(admin);
    const guid = eve.guid(ADMINISTER);
    const answer = await eve.call(ADMINISTER);
    expect([answer.code, readJson(answer)]).toEqual([0, { subject: admin.subject }]);

    // The session and so the GUID are the same, but this token lacks the role.
    using ann = await connectToHub({ ...admin, roles: ['user'] });
    expect((await ann.call('', { guid })).code).toBe(30);
    expect((await ann.call('', { guid, flags: 0x80 })).code).toBe(30);
  });
});
