import { describe, expect, it } from 'vitest';

import { ServiceTokens } from '../../../../../../durable-objects/hub/calls/services/tokens.ts';
import { seconds } from '../../../../../../shared/clock.ts';
import type { SessionPrincipal } from '../../../../../../shared/contracts/edge/principal.ts';
import type { SignJwtRequest } from '../../../../../../shared/contracts/keys/keys-rpc.ts';

const NOW = 1_800_000_000_500;
const ADA: SessionPrincipal = {
  subject: 'ada',
  sessionId: 'ses_a',
  clientId: 'game',
  scopes: ['play', 'openid'],
  roles: ['user'],
  tokenId: 't-1',
  expiresAt: NOW / 1_000 + 900,
};

function tokensFixture() {
  const signed: SignJwtRequest[] = [];
  const fixture = { now: NOW, failing: false };
  const signJwt = async (request: SignJwtRequest) => {
    if (fixture.failing) throw new Error('Cannot sign: switched off by a test');
    signed.push(request);
    return `token ${signed.length}`;
  };
  const tokens = new ServiceTokens({
    keys: { signJwt },
    issuer: 'https://id.example',
    newId: () => `id-${signed.length}`,
    clock: () => fixture.now,
  });
  return { tokens, signed, fixture };
}

describe('the token for a registered service', () => {
  it('[H35] names the principal to one audience for a minute', async () => {
    const { tokens, signed } = tokensFixture();
    expect(await tokens.for(ADA, 'chess', 'https://chess.example')).toBe('token 1');
    expect(signed).toEqual([
      {
        typ: 'service+jwt',
        claims: {
          iss: 'https://id.example',
          aud: 'https://chess.example',
          sub: 'ada',
          sid: 'ses_a',
          client_id: 'game',
          scope: 'play openid',
          roles: ['user'],
          iat: 1_800_000_000,
          exp: 1_800_000_060,
          jti: 'id-0',
        },
      },
    ]);
  });

  it('[H35] is reused for 45 s', async () => {
    const { tokens, fixture } = tokensFixture();
    const first = tokens.for(ADA, 'chess', 'chess');
    expect(await Promise.all([first, tokens.for(ADA, 'chess', 'chess')])).toEqual([
      'token 1',
      'token 1',
    ]);
    fixture.now = NOW + seconds(45) - 1;
    expect(await tokens.for(ADA, 'chess', 'chess')).toBe('token 1');
    fixture.now = NOW + seconds(45);
    expect(await tokens.for(ADA, 'chess', 'chess')).toBe('token 2');
    expect(await tokens.for(ADA, 'chess', 'chess')).toBe('token 2');
  });

  it.each([
    ['another audience', ADA, 'chess', 'go'],
    ['another service of the same audience', ADA, 'go', 'chess'],
    ['another session', { ...ADA, sessionId: 'ses_b' }, 'chess', 'chess'],
    ['another user', { ...ADA, subject: 'bob' }, 'chess', 'chess'],
    ['new roles', { ...ADA, roles: ['user', 'admin'] }, 'chess', 'chess'],
    ['fewer scopes', { ...ADA, scopes: ['play'] }, 'chess', 'chess'],
  ])('[H35] is not reused for %s', async (_, principal, service, audience) => {
    const { tokens } = tokensFixture();
    await tokens.for(ADA, 'chess', 'chess');
    expect(await tokens.for(principal, service, audience)).toBe('token 2');
  });

  it('[H35] is not cached if it could not be signed', async () => {
    const { tokens, fixture } = tokensFixture();
    fixture.failing = true;
    await expect(tokens.for(ADA, 'chess', 'chess')).rejects.toThrow('Cannot sign');
    fixture.failing = false;
    expect(await tokens.for(ADA, 'chess', 'chess')).toBe('token 1');
  });

  it('[H35] is dropped when the cache is full', async () => {
    const { tokens, signed } = tokensFixture();
    for (let n = 0; n <= 10_000; n += 1)
      await tokens.for({ ...ADA, sessionId: `${n}` }, 'chess', 'chess');
    await tokens.for({ ...ADA, sessionId: '10000' }, 'chess', 'chess');
    expect(signed).toHaveLength(10_001);
    await tokens.for({ ...ADA, sessionId: '0' }, 'chess', 'chess');
    expect(signed).toHaveLength(10_002);
  });
});
