/**
 * What Steam asserts of its user, judged by itself (OpenID 2.0 §11.1, §11.3). Pure. That Steam did
 * assert it, and that nobody has used it before, is for others to ask.
 *
 * @module
 */

import { type Millis, minutes } from '../../../../shared/clock.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { SocialFault } from '../social-fault.ts';
import { OPENID_NS } from './openid-request.ts';

export type Assertion = {
  /** 64 bits, decimal. */
  readonly steamId: string;
  /** OpenID 2.0 §10.1: unique for ever. */
  readonly nonce: string;
};

export type Expected = {
  readonly opEndpoint: string;
  readonly returnTo: string;
  readonly now: Millis;
};

/** Nothing but this: another host, scheme or path could be somebody else's. */
const CLAIMED_ID = /^https:\/\/steamcommunity\.com\/openid\/id\/(7656119\d{10})$/;
/** A time, and what makes it unique. */
const NONCE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)[\x21-\x7e]{0,235}$/;
/** What a signature must cover (§10.1). */
const SIGNED = ['op_endpoint', 'claimed_id', 'identity', 'return_to', 'response_nonce'];
const SKEW = minutes(5);

export function readAssertion(
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
  // Written so that no time is refused, too: it compares as nothing.
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

const refused = (detail: string): Result<never, SocialFault> =>
  err({ reason: 'answer_invalid', detail: `OpenID 2.0: ${detail}` });
