/**
 * OpenID 2.0, as far as Steam speaks it: Steam names the user, and there are no associations (§8).
 *
 * @module
 */

import { fromUtf8, sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { type Clock, type Millis, minutes } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import type { SocialFault } from '../fault.ts';
import { sendToProvider } from '../providers/ask-provider.ts';
import type { SteamProvider } from '../providers/provider.ts';

const OPENID_NS = 'http://specs.openid.net/auth/2.0';
const ANYBODY = 'http://specs.openid.net/auth/2.0/identifier_select';

/** Where the browser is sent to (OpenID 2.0 §9.1). */
export function openidUrl(opEndpoint: string, returnTo: string): string {
  const url = new URL(opEndpoint);
  url.search = new URLSearchParams({
    'openid.ns': OPENID_NS,
    'openid.mode': 'checkid_setup',
    'openid.claimed_id': ANYBODY,
    'openid.identity': ANYBODY,
    'openid.return_to': returnTo,
    'openid.realm': new URL(returnTo).origin,
  }).toString();
  return url.href;
}

/** Our callback, with the state that OpenID 2.0 has no parameter for. */
export const returnTo = (callback: string, state: string): string =>
  `${callback}?state=${encodeURIComponent(state)}`;

/** Longer than a nonce is accepted, on either side of its time. */
const NONCE_SECONDS = 1_200;

export type VerifyAssertionNeeds = {
  readonly clock: Clock;
  readonly fetchSafely: SafeFetch;
  readonly ttlStore: () => TtlStore;
};

/**
 * Verifies an assertion with Steam itself (OpenID 2.0 §11.4.2), and that it is new (§11.3).
 *
 * @returns The Steam id of the user.
 */
export async function verifyAssertion(
  { authorizationEndpoint }: SteamProvider,
  openid: Readonly<Record<string, string>>,
  returnTo: string,
  { clock, fetchSafely, ttlStore }: VerifyAssertionNeeds,
): Promise<Result<string, SocialFault>> {
  const expected = { opEndpoint: authorizationEndpoint, returnTo, now: clock() };
  const assertion = readAssertion(openid, expected);
  if (!assertion.ok) return assertion;
  const isValid = await isAsserted(authorizationEndpoint, openid, fetchSafely);
  if (!isValid.ok) return isValid;
  if (!isValid.value) return refused('Steam did not assert it');
  const isNew = await orUnavailable('the TTL store', async () =>
    useNonce(assertion.value, ttlStore()),
  );
  return isNew ? ok(assertion.value.steamId) : refused('it was used before');
}

/** Asks Steam, with every field as it came, whether it signed them. */
async function isAsserted(
  opEndpoint: string,
  openid: Readonly<Record<string, string>>,
  fetchSafely: SafeFetch,
): Promise<Result<boolean, SocialFault>> {
  const form = new URLSearchParams({ ...openid, 'openid.mode': 'check_authentication' });
  const answer = await sendToProvider(fetchSafely, opEndpoint, {
    method: 'POST',
    accept: 'text/plain',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  });
  if (!answer.ok) return answer;
  const { status, body } = answer.value;
  return ok(status === 200 && isValidIn(body));
}

/** Key-Value Form (OpenID 2.0 §4.1.1). */
function isValidIn(body: Uint8Array): boolean {
  try {
    return fromUtf8(body).split('\n').includes('is_valid:true');
  } catch {
    return false;
  }
}

async function useNonce({ nonce }: Assertion, ttlStore: TtlStore): Promise<boolean> {
  const hash = toBase64Url(await sha256(utf8(nonce)));
  return ttlStore.putIfAbsent(`steam-nonce:${hash}`, '1', NONCE_SECONDS);
}

const refused = (detail: string): Result<never, SocialFault> =>
  err({ reason: 'answer_invalid', detail: `OpenID 2.0: ${detail}` });

type Assertion = {
  /** 64 bits, decimal. */
  readonly steamId: string;
  /** No other assertion has it (OpenID 2.0 §10.1). */
  readonly nonce: string;
};

export type Expected = {
  readonly opEndpoint: string;
  readonly returnTo: string;
  readonly now: Millis;
};

/** With another scheme, host or path it could name a user of somebody else. */
const CLAIMED_ID = /^https:\/\/steamcommunity\.com\/openid\/id\/(7656119\d{10})$/;
/** A time, and what makes it unique. */
const NONCE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)[\x21-\x7e]{0,235}$/;
/** What a signature must cover (§10.1). */
const SIGNED = ['op_endpoint', 'claimed_id', 'identity', 'return_to', 'response_nonce'];
const SKEW = minutes(5);

/**
 * Reads and judges what Steam asserts of its user (OpenID 2.0 §11.1, §11.3). Does NOT ask whether Steam
 * asserted it, nor whether it was used before.
 */
function readAssertion(
  openid: Readonly<Record<string, string>>,
  { opEndpoint, returnTo, now }: Expected,
): Result<Assertion, SocialFault> {
  const get: Get = (name) => openid[`openid.${name}`] ?? '';
  if (get('mode') === 'cancel') return err({ reason: 'denied' });
  const fault = addressFault(get, opEndpoint, returnTo) ?? coverFault(get);
  if (fault !== undefined) return refused(fault);
  const [, steamId] = CLAIMED_ID.exec(get('claimed_id')) ?? [];
  if (steamId === undefined) return refused('another claimed_id');
  const nonce = get('response_nonce');
  const [, time = ''] = NONCE.exec(nonce) ?? [];
  // The comparison is negated so that it refuses what is no time, too: NaN compares as false.
  if (!(Math.abs(Date.parse(time) - now) <= SKEW)) return refused('an old response_nonce');
  return ok({ steamId, nonce });
}

type Get = (name: string) => string;

/** It is an assertion, of this provider, to us. */
function addressFault(get: Get, opEndpoint: string, returnTo: string): string | undefined {
  if (get('mode') !== 'id_res' || get('ns') !== OPENID_NS) return 'no assertion';
  if (get('op_endpoint') !== opEndpoint) return 'another provider';
  return get('return_to') === returnTo ? undefined : 'another return_to';
}

/** Its signature covers what we read. */
function coverFault(get: Get): string | undefined {
  const signed = new Set(get('signed').split(','));
  if (!SIGNED.every((name) => signed.has(name))) return 'too little is signed';
  return get('identity') === get('claimed_id') ? undefined : 'another identity';
}
