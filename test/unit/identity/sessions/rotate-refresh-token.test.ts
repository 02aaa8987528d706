import { beforeEach, describe, expect, it } from 'vitest';

import { type ClientId, newAccountId } from '../../../../shared/ids.ts';
import { hashSecret, seal } from '../../../../shared/tokens/refresh-token.ts';
import { openUserSession } from '../../../../workers/identity/sessions/open-user-session.ts';
import { rotateRefreshToken } from '../../../../workers/identity/sessions/rotate-refresh-token.ts';
import { fakeServices } from '../../../support/identity-services.ts';
import { anOpening, CLIENT, OTHER_CLIENT } from '../../../support/user-fixture.ts';

let { backend, services } = fakeServices();
beforeEach(() => {
  ({ backend, services } = fakeServices());
});

const requester = (clientId: ClientId) => ({
  clientId,
  origin: { ipAddress: '203.0.113.7', country: null, userAgent: 'Game/1' },
  device: {},
});

/** Opens a session, and returns its refresh token as the client holds it. */
async function aToken() {
  const opened = await openUserSession(
    newAccountId(),
    requester(CLIENT),
    (user, { sessionId, ...session }) => {
      const { grant } = anOpening({ sessionId });
      return user.openSession({ ...session, grant });
    },
    services,
  );
  const text = await seal(await services.sealingKeys(), opened.refreshToken);
  backend.usersWoken = 0;
  return { ...opened, text };
}

const rotate = (text: string, clientId = CLIENT) =>
  rotateRefreshToken({ text, requester: requester(clientId), correlationId: 'c' }, services);

describe('rotateRefreshToken', () => {
  it('asks the user’s object once, and sends it only hashes and lifetimes of tokens', async () => {
    const { text, refreshToken } = await aToken();
    const rotated = await rotate(text);
    expect(rotated).toMatchObject({ ok: true, value: { refreshToken: { generation: 1 } } });
    expect(backend.usersWoken).toBe(1);
    const [request] = backend.user.rotations;
    expect(request?.presentedHash).toEqual(await hashSecret(refreshToken.secret));
    expect(Object.keys(request ?? {}).toSorted()).toEqual([
      'clientId',
      'familyId',
      'generation',
      'installation',
      'limits',
      'presentedHash',
      'successorHash',
    ]);
    expect(request?.limits).toEqual({ refreshSeconds: 604_800, accessSeconds: 900 });
  });

  it('asks before it uses a token up if the request may be for too much', async () => {
    const { text } = await aToken();
    const assertGranted = () => {
      throw new Error('too much');
    };
    const request = { text, requester: requester(CLIENT), correlationId: 'c' };
    await expect(rotateRefreshToken({ ...request, assertGranted }, services)).rejects.toThrow(
      'too much',
    );
    expect(backend.user.rotations).toEqual([]);
    // Another client does not learn what was granted.
    const stranger = { ...request, requester: requester(OTHER_CLIENT), assertGranted };
    expect(await rotateRefreshToken(stranger, services)).toMatchObject({
      error: { reason: 'client_mismatch' },
    });
  });

  it('logs each refusal once, as a security event if the token seems to be stolen', async () => {
    const { text, refreshToken } = await aToken();
    const { accountId, familyId } = refreshToken;
    const whose = { correlationId: 'c', accountId, familyId, generation: 0 };
    await rotate(text, OTHER_CLIENT);
    await rotate(text);
    backend.now += 121_000;
    await rotate(text);
    await rotate(text);
    await rotate('spr_made_up');
    expect(backend.logged).toMatchObject([
      { event: 'token.client_mismatch', level: 'security', clientId: OTHER_CLIENT, ...whose },
      { event: 'token.refresh_reused', level: 'security', clientId: CLIENT, ...whose },
      { event: 'token.family_revoked', level: 'info', clientId: CLIENT, ...whose },
      { event: 'token.family_unknown', level: 'info', clientId: CLIENT, accountId: undefined },
    ]);
  });
});
