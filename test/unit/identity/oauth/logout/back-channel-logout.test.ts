import { beforeEach, describe, expect, it } from 'vitest';

import type { RelyingParty } from '../../../../../shared/contracts/identity/relying-party.ts';
import type { SafeRequest } from '../../../../../shared/http/safe-fetch.ts';
import { ClientId } from '../../../../../shared/ids.ts';
import { err, ok } from '../../../../../shared/result.ts';
import { logoutRelyingParties } from '../../../../../workers/identity/oauth/logout/back-channel-logout.ts';
import { verifyIdTokenHint } from '../../../../../workers/identity/oauth/tokens/verify-own-jwt.ts';
import {
  AuthorizationServerFixture,
  claimsOf,
} from '../../../../support/authorization-server-fixture.ts';
import { sessionIdOf } from '../../../../support/user-fixture.ts';

const SID = sessionIdOf(0);
const URI = 'https://app.example.test/backchannel';

let oauth: AuthorizationServerFixture;
let sent: { url: string; request: SafeRequest }[];
let statuses: Record<string, number>;
let unreachable: Set<string>;

beforeEach(async () => {
  [sent, statuses, unreachable] = [[], {}, new Set()];
  oauth = new AuthorizationServerFixture({
    fetchSafely: async (url, request) => {
      sent.push({ url, request });
      if (unreachable.has(url)) return err({ reason: 'unreachable' });
      return ok({ status: statuses[url] ?? 200, headers: new Headers(), body: new Uint8Array() });
    },
  });
  await oauth.client('app', { backchannelLogoutUri: URI, idTokenSignedResponseAlg: 'ES256' });
});

const party = (clientId: string, subject = 'ada'): RelyingParty => ({
  clientId: ClientId.restore(clientId),
  subject,
});
const tell = (...parties: RelyingParty[]) =>
  logoutRelyingParties({ sessionId: SID, parties }, oauth.services);
const tokenOf = ({ request }: { request: SafeRequest }): string =>
  new URLSearchParams(String(request.body)).get('logout_token') ?? '';

describe('back-channel logout (OpenID Connect Back-Channel Logout 1.0)', () => {
  it('sends a logout token in a form (§2.4, §2.5)', async () => {
    await tell(party('app', 'pws_x'));
    const [one, ...others] = sent;
    if (one === undefined) throw new Error('nothing was sent');
    expect(others).toEqual([]);
    expect(one.url).toBe(URI);
    expect(one.request).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    const { jti, ...claims } = claimsOf(tokenOf(one));
    const iat = oauth.backend.now / 1_000;
    expect(jti).toMatch(/^[a-z2-7]{26}$/);
    expect(claims).toEqual({
      iss: 'https://id.example.test',
      sub: 'pws_x',
      aud: 'app',
      iat,
      exp: iat + 120,
      sid: SID,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
  });

  it.each(['RS256', 'ES256', 'EdDSA', 'PS256'] as const)(
    'signs by %s, as the client’s ID tokens are signed, with a type of its own (§2.6)',
    async (alg) => {
      await oauth.client('app', { backchannelLogoutUri: URI, idTokenSignedResponseAlg: alg });
      await tell(party('app'));
      const token = sent.map(tokenOf)[0] ?? '';
      const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
      expect(header).toMatchObject({ alg, typ: 'logout+jwt' });
      expect((await verifyIdTokenHint(token, oauth.services)).ok).toBe(false);
    },
  );

  it('sends nothing to a client that registered no URI, or is gone', async () => {
    await oauth.client('quiet');
    await tell(party('quiet'), party('gone'));
    expect(sent).toEqual([]);
  });

  it.each([200, 204])('succeeds with status %i (§2.8)', async (status) => {
    statuses[URI] = status;
    await tell(party('app'));
  });

  it.each([201, 302, 400, 404, 501, 503])(
    'fails, to be repeated, with status %i',
    async (status) => {
      statuses[URI] = status;
      await expect(tell(party('app'))).rejects.toThrow(
        `Cannot tell of a logout: app: status ${status}`,
      );
    },
  );

  it('notifies all clients although one does not answer, and names that one without the token', async () => {
    const another = 'https://another.example.test/logout';
    await oauth.client('another', { backchannelLogoutUri: another });
    unreachable.add(URI);
    const failure = await tell(party('app'), party('another')).catch((error: unknown) => error);
    expect(String(failure)).toBe('Error: Cannot tell of a logout: app: unreachable');
    expect(new Set(sent.map(({ url }) => url))).toEqual(new Set([URI, another]));
  });

  it('fails, to be repeated, where keys or clients cannot be read', async () => {
    for (const part of ['keys', 'database'] as const) {
      oauth.backend.down.add(part);
      await expect(tell(party('app'))).rejects.toThrow('Cannot tell of a logout: app: ');
      oauth.backend.down.delete(part);
    }
    expect(sent).toEqual([]);
  });
});
