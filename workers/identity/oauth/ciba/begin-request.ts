import { randomBytes, toBase64Url } from '../../../../shared/bytes.ts';
import { seconds } from '../../../../shared/clock.ts';
import type { Services } from '../../context.ts';
import type { Client } from '../clients/client.ts';
import { OAuthError } from '../oauth-error.ts';
import { idOfSecret } from '../polled/polled-requests.ts';
import { type BackchannelRequest, backchannelRequests } from './backchannel-request.ts';
import type { CheckedRequest } from './check-backchannel-request.ts';
import { sealPing } from './ping.ts';
import { takePlace } from './waiting-requests.ts';

/**
 * Puts a request before its user.
 *
 * @returns The `auth_req_id`: 256 random bits.
 * @throws {OAuthError} `access_denied` (403, CIBA §13) if too many wait for the user already
 * @throws {TtlStoreUnavailable}
 */
export async function beginRequest(
  { clientId }: Client,
  { terms, user, bindingMessage, lifetime, notificationToken }: CheckedRequest,
  services: Services,
): Promise<string> {
  const store = services.ttlStore();
  const authReqId = toBase64Url(randomBytes(32));
  const id = await idOfSecret(authReqId);
  const place = await takePlace(store, user.id, id, lifetime);
  if (place === undefined) {
    const description = 'Too many requests wait for the user';
    throw new OAuthError('access_denied', description, { status: 403 });
  }
  const beganAt = services.clock();
  const request: BackchannelRequest = {
    ...terms,
    clientId,
    beganAt,
    expiresAt: beganAt + seconds(lifetime),
    accountId: user.id,
    bindingMessage,
    place,
    ping:
      notificationToken === null
        ? null
        : await sealPing({ authReqId, notificationToken }, services),
  };
  await backchannelRequests.save(store, id, request, beganAt);
  return authReqId;
}
