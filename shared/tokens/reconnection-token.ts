/**
 * With a reconnection token, a client that lost its connection resumes its stream at the same hub.
 * It is sealed, so that no made-up token wakes a hub. The hub stores a hash of its nonce.
 *
 * @module
 */

import * as z from 'zod';

import { randomBytes, sha256, toBase64Url, utf8 } from '../bytes.ts';
import { type ConnectSalts, sealForHub, unsealForHub } from './connect-salts.ts';

const Reconnection = z.strictObject({
  /** The name of the hub. */
  hub: z.string(),
  sessionId: z.string(),
  nonce: z.string(),
});
export type Reconnection = z.infer<typeof Reconnection>;

const PURPOSE = 'reconnection token v1';

export type NewToken = { readonly token: string; readonly hash: string };

/** Makes a token, and the hash by which the hub will recognize it. */
export async function newReconnectionToken(
  salts: ConnectSalts,
  { hub, sessionId }: Pick<Reconnection, 'hub' | 'sessionId'>,
): Promise<NewToken> {
  const nonce = toBase64Url(randomBytes(16));
  const text = JSON.stringify({ hub, sessionId, nonce } satisfies Reconnection);
  return { token: await sealForHub(salts, PURPOSE, text), hash: await hashNonce(nonce) };
}

/** @returns `undefined` for anything that was not made here. */
export async function readReconnectionToken(
  salts: ConnectSalts,
  token: string,
): Promise<Reconnection | undefined> {
  const text = await unsealForHub(salts, PURPOSE, token);
  return text === undefined ? undefined : Reconnection.parse(JSON.parse(text));
}

export const hashNonce = async (nonce: string): Promise<string> =>
  toBase64Url(await sha256(utf8(nonce)));
