/**
 * Authorization requests that were checked already and wait for the browser that brings their
 * `request_uri`: pushed by clients (RFC 9126), and those that arrived in a POST from a client's page.
 *
 * @module
 */

import { randomBytes, sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { type Millis, seconds } from '../../../../shared/clock.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import type { AuthorizationRequest } from '../authorize/authorization-request.ts';

/** RFC 9126 §2.2 suggests 5 to 600. FAPI 2.0 Security Profile §5.3.2.2: less than 600. */
export const PUSHED_SECONDS = 90;

const PREFIX = 'urn:ietf:params:oauth:request_uri:';

type Pushed = { readonly request: AuthorizationRequest; readonly expiresAt: Millis };

/** Whether a `request_uri` is of the kind that we hand out. */
export const isPushedRequestUri = (uri: string): boolean => uri.startsWith(PREFIX);

/** @returns The `request_uri`: 256 random bits. What is stored is their hash. */
export async function pushRequest(
  store: TtlStore,
  request: AuthorizationRequest,
  now: Millis,
): Promise<string> {
  const uri = PREFIX + toBase64Url(randomBytes(32));
  const pushed: Pushed = { request, expiresAt: now + seconds(PUSHED_SECONDS) };
  await store.put(await keyOf(uri), JSON.stringify(pushed), PUSHED_SECONDS);
  return uri;
}

/**
 * Reads a request and ends it: each is good for one use (RFC 9126 §7.3).
 *
 * @returns `undefined`: there is none, it was used, it is too old, or another client's (§2.2).
 */
export async function takePushedRequest(
  store: TtlStore,
  uri: string,
  clientId: string,
  now: Millis,
): Promise<AuthorizationRequest | undefined> {
  const text = await store.take(await keyOf(uri));
  if (text === undefined) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only this module writes the key
  const { request, expiresAt } = JSON.parse(text) as Pushed;
  return request.clientId === clientId && now < expiresAt ? request : undefined;
}

const keyOf = async (uri: string): Promise<string> => `par:${toBase64Url(await sha256(utf8(uri)))}`;
