/**
 * Devices that wait for their user (RFC 8628 §3.1).
 *
 * @module
 */

import { randomBytes, sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { seconds } from '../../../../shared/clock.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import type { Services } from '../../context.ts';
import type { Client } from '../clients/client.ts';
import { OAuthError } from '../oauth-error.ts';
import type { AskedTerms, PolledRequest } from '../polled/polled-request.ts';
import { idOfSecret, PolledRequests } from '../polled/polled-requests.ts';
import { newUserCode } from './user-code.ts';

/** `expires_in`: long enough to find a phone and to sign in on it. */
export const DEVICE_SECONDS = 900;

export type DeviceRequest = PolledRequest & {
  /** Without its dash. */
  readonly userCode: string;
};

export const deviceRequests = new PolledRequests<DeviceRequest>('device');

export type BegunDevice = { readonly deviceCode: string; readonly userCode: string };

/** @throws {TtlStoreUnavailable} */
export async function beginDevice(
  client: Client,
  terms: AskedTerms,
  { ttlStore, clock }: Services,
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
 * The device that shows a code, answered or not.
 *
 * @returns `undefined`: none does, or not any more.
 * @throws {TtlStoreUnavailable}
 */
export async function findDevice(
  userCode: string,
  { ttlStore, clock }: Services,
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

/** No two devices show one code at a time. */
async function claimUserCode(store: TtlStore, id: string): Promise<string> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const code = newUserCode();
    if (await store.putIfAbsent(await keyOf(code), id, DEVICE_SECONDS)) return code;
  }
  throw new OAuthError('temporarily_unavailable', 'No user code is free');
}

const keyOf = async (userCode: string): Promise<string> =>
  `device-user-code:${toBase64Url(await sha256(utf8(userCode)))}`;
