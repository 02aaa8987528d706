import { fromUtf8, sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { Services } from '../../context.ts';
import { sendToProvider } from '../ask-provider.ts';
import type { SteamProvider } from '../providers/provider.ts';
import type { SocialFault } from '../social-fault.ts';
import { type Assertion, readAssertion } from './openid-assertion.ts';

/** Longer than a nonce is accepted, either way. */
const NONCE_SECONDS = 1_200;

type Verifying = Pick<Services, 'clock' | 'fetchSafely' | 'ttlStore'>;

/**
 * Verifies an assertion with Steam itself (OpenID 2.0 §11.4.2), and that it is new (§11.3).
 *
 * @returns The Steam id of the user.
 */
export async function verifyAssertion(
  { authorizationEndpoint }: SteamProvider,
  openid: Readonly<Record<string, string>>,
  returnTo: string,
  services: Verifying,
): Promise<Result<string, SocialFault>> {
  const expected = { opEndpoint: authorizationEndpoint, returnTo, now: services.clock() };
  const assertion = readAssertion(openid, expected);
  if (!assertion.ok) return assertion;
  const isValid = await isAsserted(authorizationEndpoint, openid, services);
  if (!isValid.ok) return isValid;
  if (!isValid.value) return refused('Steam did not assert it');
  const isNew = await orUnavailable('the TTL store', () => useNonce(assertion.value, services));
  return isNew ? ok(assertion.value.steamId) : refused('it was used before');
}

/** Asks Steam, with every field as it came, whether it signed them. */
async function isAsserted(
  opEndpoint: string,
  openid: Readonly<Record<string, string>>,
  { fetchSafely }: Verifying,
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

async function useNonce(
  { nonce }: Assertion,
  { ttlStore }: Pick<Services, 'ttlStore'>,
): Promise<boolean> {
  const hash = toBase64Url(await sha256(utf8(nonce)));
  return ttlStore().putIfAbsent(`steam-nonce:${hash}`, '1', NONCE_SECONDS);
}

const refused = (detail: string): Result<never, SocialFault> =>
  err({ reason: 'answer_invalid', detail: `OpenID 2.0: ${detail}` });
