import { describe, expect, it } from 'vitest';

import { newSessionId, newTokenId } from '../../../../shared/ids.ts';
import { strongCheck } from '../../../../workers/identity/sessions/token-status.ts';
import { fakeServices } from '../../../support/identity-services.ts';

const ofUser = () => ({
  subject: crypto.randomUUID(),
  sessionId: newSessionId(),
  tokenId: newTokenId(),
});

describe('the strong check', () => {
  it('asks the user and the list of revoked tokens', async () => {
    const { backend, services } = fakeServices();
    const check = ofUser();
    for (const status of ['live', 'ended', 'expired'] as const) {
      backend.user.status = status;
      expect(await strongCheck(check, services)).toBe(status);
    }
    await services.ttlStore().put(`revoked:${check.tokenId}`, '1', 60);
    expect(await strongCheck(check, services)).toBe('revoked');
  });

  it('answers unknown for ids that are none of ours', async () => {
    const { backend, services } = fakeServices();
    for (const change of [{ subject: 'client-1' }, { sessionId: 'x' }, { tokenId: 'x' }]) {
      expect(await strongCheck({ ...ofUser(), ...change }, services)).toBe('unknown');
    }
    expect(backend.usersWoken).toBe(0);
  });

  it('asks only for the token where it stands for no session (RFC 6749 §4.4)', async () => {
    const { backend, services } = fakeServices();
    const check = { subject: 'client-1', sessionId: null, tokenId: newTokenId() };
    expect(await strongCheck(check, services)).toBe('live');
    await services.ttlStore().put(`revoked:${check.tokenId}`, '1', 60);
    expect(await strongCheck(check, services)).toBe('revoked');
    expect(backend.usersWoken).toBe(0);
  });
});
