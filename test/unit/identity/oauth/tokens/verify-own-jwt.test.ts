import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { DeploymentJwks } from '../../../../../shared/cache/deployment-jwks.ts';
import type { JwkSet } from '../../../../../shared/contracts/keys/keys-rpc.ts';
import { parseConfig } from '../../../../../workers/identity/config.ts';
import {
  verifyIdTokenHint,
  verifyOwnAccessToken,
} from '../../../../../workers/identity/oauth/tokens/verify-own-jwt.ts';
import { SETTINGS } from '../../../../support/identity-services.ts';
import {
  anAccessToken,
  aSigner,
  forge,
  ISSUER,
  jwkSet,
  NOW,
  NOW_SECONDS,
  type Signer,
} from '../../../../support/jws-forge.ts';

const SID = `ses_${'a'.repeat(26)}`;
const idToken = {
  iss: ISSUER,
  sub: 'ada',
  aud: 'app',
  sid: SID,
  iat: NOW_SECONDS - 7_200,
  exp: NOW_SECONDS - 3_600,
};

let signers: Signer[];
let [es256, next]: Signer[] = [];
beforeAll(async () => {
  signers = [
    await aSigner('ES256'),
    await aSigner('EdDSA'),
    await aSigner('RS256'),
    await aSigner('PS256'),
    await aSigner('ES256', 'next'),
  ];
  [es256, , , , next] = signers;
});

/** The published keys, as `keys` would answer; counts the questions. */
class Published {
  keys: Signer[] = [];
  requests = 0;
  isDown = false;
  now = NOW;
  readonly config = parseConfig(SETTINGS);
  readonly clock = () => this.now;
  readonly ownKeys = new DeploymentJwks('identity.keys', this, {
    clock: this.clock,
    log: () => undefined,
    wait: async () => undefined,
  });

  async jwks(): Promise<JwkSet> {
    this.requests += 1;
    if (this.isDown) throw new Error('Cannot reach the keys: switched off by a test');
    return jwkSet(...this.keys) as unknown as JwkSet;
  }
}

let published: Published;
beforeEach(() => {
  published = new Published();
  published.keys = signers.slice(0, 4);
});

const reasonOf = (result: { ok: boolean; error?: { reason: string } }) => result.error?.reason;

describe('the keys of this deployment', () => {
  it('are fetched once in five minutes', async () => {
    for (const at of [0, 1_000, 299_999]) {
      published.now = NOW + at;
      await published.ownKeys.keys();
    }
    expect(published.requests).toBe(1);
    published.now = NOW + 300_000;
    await published.ownKeys.keys();
    expect(published.requests).toBe(2);
  });

  it('serve for an hour while no fetch succeeds, and are fetched once a second', async () => {
    await published.ownKeys.keys();
    published.isDown = true;
    published.now = NOW + 3_599_000;
    expect((await published.ownKeys.keys()).size).toBe(4);
    published.now += 999;
    expect((await published.ownKeys.keys()).size).toBe(4);
    expect(published.requests).toBe(2);
    published.now = NOW + 3_600_000;
    await expect(published.ownKeys.keys()).rejects.toThrow('Cannot reach the keys');
  });

  it('are asked for again a second after a failure', async () => {
    published.isDown = true;
    await expect(published.ownKeys.keys()).rejects.toThrow('Cannot reach the keys');
    published.isDown = false;
    published.now += 1_000;
    expect((await published.ownKeys.keys()).size).toBe(4);
  });

  it('are fetched once more for an unknown kid, and then not for a second', async () => {
    const token = await anAccessToken(next as Signer);
    await published.ownKeys.keys();
    published.now += 1_000;
    published.keys.push(next as Signer);
    expect((await verifyOwnAccessToken(token, published)).ok).toBe(true);
    const stranger = await anAccessToken(await aSigner('ES256', 'stranger'));
    for (const _ of [1, 2, 3]) {
      expect(reasonOf(await verifyOwnAccessToken(stranger, published))).toBe('key_unknown');
    }
    expect(published.requests).toBe(2);
    published.now += 1_000;
    await verifyOwnAccessToken(stranger, published);
    expect(published.requests).toBe(3);
  });

  it('lead to 503 if they cannot be fetched', async () => {
    published.isDown = true;
    await expect(
      verifyOwnAccessToken(await anAccessToken(es256 as Signer), published),
    ).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});

describe('an id_token_hint (OpenID Connect RP-Initiated Logout §2)', () => {
  it.each(['ES256', 'EdDSA', 'RS256', 'PS256'])(
    'is accepted with our signature by %s, although it has expired',
    async (alg) => {
      const signer = signers.find((one) => one.alg === alg) as Signer;
      const token = await forge(signer, { alg, kid: signer.kid, typ: 'JWT' }, idToken);
      expect(await verifyIdTokenHint(token, published)).toEqual({
        ok: true,
        value: { subject: 'ada', audiences: ['app'], sessionId: SID, claims: idToken },
      });
    },
  );

  const hint = async (claims: object, header: object = {}) => {
    const { alg, kid } = es256 as Signer;
    const token = await forge(es256 as Signer, { alg, kid, ...header }, { ...idToken, ...claims });
    return reasonOf(await verifyIdTokenHint(token, published));
  };

  it.each([
    'at+jwt',
    'service+jwt',
    'logout+jwt',
    'token-introspection+jwt',
    'oauth-authz-resp+jwt',
    7,
    '',
  ])('is not a %j, though we signed it (RFC 8725 §3.11)', async (typ) =>
    expect(await hint({}, { typ })).toBe('type_refused'),
  );

  it('cannot be a JWT without exp, such as a userinfo response', async () => {
    expect(await hint({ exp: undefined })).toBe('claim_invalid');
    expect(await hint({ iat: undefined })).toBe('claim_invalid');
  });

  it('cannot be another issuer’s', async () => {
    expect(await hint({ iss: `${ISSUER}/` })).toBe('issuer_mismatch');
  });

  it.each([{ sub: 1 }, { aud: undefined }, { aud: [] }, { aud: [1] }])(
    'has %j refused',
    async (claims) => {
      expect(await hint(claims)).toBe('claim_invalid');
    },
  );

  it('cannot be signed by another key under our kid', async () => {
    const forger = await aSigner('ES256', (es256 as Signer).kid);
    const token = await forge(forger, { alg: 'ES256', kid: forger.kid }, idToken);
    expect(reasonOf(await verifyIdTokenHint(token, published))).toBe('signature_invalid');
    for (const broken of ['', 'x', 'a.b', 'a.b.c', `${token}.d`]) {
      expect((await verifyIdTokenHint(broken, published)).ok).toBe(false);
    }
  });

  it('names no session where its sid is none of ours', async () => {
    const { alg, kid } = es256 as Signer;
    const token = await forge(es256 as Signer, { alg, kid }, { ...idToken, sid: 'x' });
    const result = await verifyIdTokenHint(token, published);
    expect(result.ok && result.value.sessionId).toBe(undefined);
  });
});
