/**
 * Devices that wait for their users (RFC 8628 §3.1), and the codes that they show (§6.1).
 *
 * @module
 */

import { randomBytes, sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { type Clock, seconds } from '../../../../shared/clock.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Client } from '../clients/client.ts';
import { type BackchannelRequest, BackchannelRequests, idOfSecret } from './request-store.ts';
import type { RequestedTerms } from './requested-terms.ts';

/** `expires_in`: long enough to find a phone and to sign in on it. */
export const DEVICE_SECONDS = 900;

export type DeviceRequest = BackchannelRequest & {
  /** Without its dash. */
  readonly userCode: string;
};

export const deviceRequests = new BackchannelRequests<DeviceRequest>('device');

export type DeviceRequestsNeeds = {
  readonly clock: Clock;
  readonly ttlStore: () => TtlStore;
};

export type BegunDevice = { readonly deviceCode: string; readonly userCode: string };

/**
 * Stores a device's request under new codes.
 *
 * @throws {TtlStoreUnavailable}
 */
export async function beginDevice(
  client: Client,
  terms: RequestedTerms,
  { ttlStore, clock }: DeviceRequestsNeeds,
): Promise<BegunDevice> {
  const store = ttlStore();
  const now = clock();
  const deviceCode = toBase64Url(randomBytes(32));
  const id = await idOfSecret(deviceCode);
  const userCode = await claimUserCode(store, id);
  const { clientId } = client;
  const times = { beganAt: now, expiresAt: now + seconds(DEVICE_SECONDS) };
  await deviceRequests.save(store, id, { ...terms, clientId, userCode, ...times }, now);
  return { deviceCode, userCode };
}

export type FoundDevice = { readonly id: string; readonly request: DeviceRequest };

/**
 * Finds the device that shows a code, whether it was answered or not.
 *
 * @returns `undefined`: none does, or not any more.
 * @throws {TtlStoreUnavailable}
 */
export async function findDevice(
  userCode: string,
  { ttlStore, clock }: DeviceRequestsNeeds,
): Promise<FoundDevice | undefined> {
  const store = ttlStore();
  const id = await store.get(await keyOf(userCode));
  const request = id === undefined ? undefined : await deviceRequests.find(store, id);
  if (id === undefined || request?.userCode !== userCode || clock() >= request.expiresAt) {
    return undefined;
  }
  return { id, request };
}

const ATTEMPTS = 5;

/** A code is claimed before it is shown: no two devices show the same one at a time. */
async function claimUserCode(store: TtlStore, id: string): Promise<string> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const code = newUserCode();
    if (await store.putIfAbsent(await keyOf(code), id, DEVICE_SECONDS)) return code;
  }
  throw new OAuthError('temporarily_unavailable', 'No user code is free');
}

const keyOf = async (userCode: string): Promise<string> =>
  `device-user-code:${toBase64Url(await sha256(utf8(userCode)))}`;

/** RFC 8628 §6.1: no vowels, so that codes are no words, and no letter that looks like a digit. */
const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';
const LENGTH = 8;
const SHAPE = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`);

/** Eight letters: one of 25.6 billion (20⁸). */
function newUserCode(): string {
  let code = '';
  while (code.length < LENGTH) {
    const [byte = 0] = crypto.getRandomValues(new Uint8Array(1));
    // 240 is a multiple of 20, so every letter is equally likely.
    if (byte < 240) code += ALPHABET.charAt(byte % ALPHABET.length);
  }
  return code;
}

/**
 * Reads a code as it was typed: in any case, with spaces and dashes anywhere.
 *
 * @returns `undefined` if it is none.
 */
export function parseUserCode(text: string): string | undefined {
  const code = text
    .normalize('NFKC')
    .replaceAll(/[\s\p{Pd}]/gu, '')
    .toUpperCase();
  return SHAPE.test(code) ? code : undefined;
}

/** `WDJBMJHT` → `WDJB-MJHT` */
export const shownUserCode = (code: string): string => `${code.slice(0, 4)}-${code.slice(4)}`;
