import { beforeEach, describe, expect, it } from 'vitest';

import { DeploymentJwks } from '../../../../../shared/cache/deployment-jwks.ts';
import type {
  Revocation,
  RevocationPage,
} from '../../../../../shared/contracts/identity/revocation-log.ts';
import { parseConfig } from '../../../../../workers/identity/config.ts';
import { LiveTokens } from '../../../../../workers/identity/oauth/tokens/live-tokens.ts';
import { SETTINGS } from '../../../../support/identity-services.ts';
import {
  anAccessToken,
  aSigner,
  jwkSet,
  NOW,
  NOW_SECONDS,
  type Signer,
} from '../../../../support/jws-forge.ts';
import { sessionIdOf } from '../../../../support/user-fixture.ts';

const PRINCIPAL = { sessionId: sessionIdOf(0), tokenId: 'token-id' };
const background = { waitUntil: () => undefined };

let now: number;
let log: Revocation[];
let reads: number;
let isDown: boolean;
/** Held back by a test: what a read waits for before it answers. */
let gate: Promise<void> | undefined;
let signer: Signer;
let published: readonly Signer[];
let live: LiveTokens;

async function read(after: number): Promise<RevocationPage> {
  reads += 1;
  if (isDown) throw new Error('Cannot reach the log: switched off by a test');
  const page = { position: log.length, epoch: 'e', entries: log.slice(after), more: false };
  await gate;
  return page;
}

beforeEach(async () => {
  [now, log, reads, isDown, gate] = [NOW, [], 0, false, undefined];
  signer = await aSigner('ES256');
  published = [signer];
  const clock = () => now;
  const runtime = { clock, log: () => undefined, wait: () => Promise.resolve() };
  const source = { jwks: async () => jwkSet(...published) as never };
  const ownKeys = new DeploymentJwks('identity.keys', source, runtime);
  live = new LiveTokens({
    config: parseConfig(SETTINGS),
    clock,
    ownKeys,
    revocations: () => ({ read }),
    runtime,
  });
});

const revoke = (kind: Revocation['kind'], id: string) =>
  log.push({ kind, id, expiresAt: NOW_SECONDS + 900 });
const isRevoked = () => live.isRevoked(PRINCIPAL, background);

describe('the snapshot of the revocation log', () => {
  it('is read once, and not again for five seconds while nothing is revoked here', async () => {
    for (const _ of [1, 2, 3]) expect(await isRevoked()).toBe(false);
    expect(reads).toBe(1);
    now += 5_000;
    expect(await isRevoked()).toBe(false);
    expect(reads).toBe(2);
  });

  it.each([
    ['session', PRINCIPAL.sessionId],
    ['token', PRINCIPAL.tokenId],
  ] as const)('contains after at most 5 s a %s that another isolate revoked', async (kind, id) => {
    await isRevoked();
    revoke(kind, id);
    now += 5_000;
    expect(await isRevoked()).toBe(true);
  });

  it('contains at once what this isolate revoked', async () => {
    await isRevoked();
    revoke('token', PRINCIPAL.tokenId);
    live.expire();
    expect(await isRevoked()).toBe(true);
    expect(reads).toBe(2);
  });

  it('is read again if a read began before a revocation of this isolate', async () => {
    const held = Promise.withResolvers<void>();
    gate = held.promise;
    const early = isRevoked();
    revoke('session', PRINCIPAL.sessionId);
    live.expire();
    const late = isRevoked();
    gate = undefined;
    held.resolve();
    await early;
    expect(await late).toBe(true);
    expect(reads).toBe(2);
  });

  it('that cannot be read leads to 503, except for tokens that it has as revoked', async () => {
    isDown = true;
    await expect(isRevoked()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    isDown = false;
    now += 1_000;
    revoke('session', PRINCIPAL.sessionId);
    expect(await isRevoked()).toBe(true);
    isDown = true;
    now += 60_000;
    expect(await isRevoked()).toBe(true);
  });
});

describe('a token that was verified before', () => {
  it('is not verified again, and expires', async () => {
    const token = await anAccessToken(signer);
    const first = await live.verify(token);
    expect(first.ok).toBe(true);
    expect(await live.verify(token)).toEqual(first);
    now = NOW + 900_000;
    expect(await live.verify(token)).toMatchObject({ error: { reason: 'expired' } });
  });

  it('is refused once its key is withdrawn or replaced', async () => {
    const token = await anAccessToken(signer);
    expect((await live.verify(token)).ok).toBe(true);
    published = [await aSigner('ES256', signer.kid)];
    now += 300_000;
    expect(await live.verify(token)).toMatchObject({ error: { reason: 'signature_invalid' } });
  });

  it('is not cached when it was refused', async () => {
    const token = await anAccessToken(await aSigner('ES256', signer.kid));
    for (const _ of [1, 2]) expect((await live.verify(token)).ok).toBe(false);
  });
});
