import { beforeEach, describe, expect, it } from 'vitest';

import { ClientId } from '../../../../shared/ids.ts';
import { IdentityFixture, SESSION } from '../../../support/identity-fixture.ts';

let identity: IdentityFixture;
beforeEach(() => {
  identity = new IdentityFixture();
});

describe('/api/v1/sessions', () => {
  const ada = crypto.randomUUID();

  it('ends one session or all others, and answers 404 for an unknown one', async () => {
    const one = await identity.call(`/api/v1/sessions/${SESSION}`, {
      method: 'DELETE',
      headers: identity.as(ada),
    });
    expect(one.status).toBe(204);
    identity.backend.user.endsSession = false;
    for (const id of [`ses_${'b'.repeat(26)}`, 'nonsense', '%00']) {
      const none = await identity.call(`/api/v1/sessions/${id}`, {
        method: 'DELETE',
        headers: identity.as(ada),
      });
      expect([none.status, none.json.code]).toEqual([404, 'SESSION_NOT_FOUND']);
    }
    const all = await identity.call('/api/v1/sessions', {
      method: 'DELETE',
      headers: identity.as(ada),
    });
    expect([all.status, all.json]).toEqual([200, { ended: 3 }]);
    expect(identity.backend.user.ended.at(-1)).toEqual({ keep: SESSION, reason: 'remote' });
  });

  it('lists sessions with ISO times', async () => {
    identity.backend.user.views = [
      {
        sessionId: SESSION,
        clientId: ClientId.restore('sallyport'),
        origin: { ipAddress: '203.0.113.7', country: 'NL', userAgent: 'Test/1' },
        device: { fingerprint: 'f', name: 'Deck' },
        createdAt: 0,
        lastActivityAt: 1_000,
        expiresAt: 2_000,
      },
    ];
    const { json } = await identity.call('/api/v1/sessions', { headers: identity.as(ada) });
    expect(json).toEqual({
      sessions: [
        {
          sessionId: SESSION,
          current: true,
          clientId: 'sallyport',
          deviceInfo: { fingerprint: 'f', name: 'Deck' },
          deviceFingerprint: 'f',
          userAgent: 'Test/1',
          ipAddress: '203.0.113.7',
          country: 'NL',
          createdAt: '1970-01-01T00:00:00.000Z',
          lastActivityAt: '1970-01-01T00:00:01.000Z',
          expiresAt: '1970-01-01T00:00:02.000Z',
        },
      ],
    });
  });
});
