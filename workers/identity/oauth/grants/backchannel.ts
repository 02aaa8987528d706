/**
 * `grant_type=urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 §3.4).
 *
 * @module
 */

import { cibaRequests } from '../backchannel/ciba-requests.ts';
import { deviceRequests } from '../backchannel/device-requests.ts';
import { redeemPoll } from '../backchannel/redeem-poll.ts';
import type { Grant } from '../issue/grant.ts';

export const deviceCode: Grant = (request, services) =>
  redeemPoll(deviceRequests, request.parameters.require('device_code'), request, services);

/**
 * `grant_type=urn:openid:params:grant-type:ciba` (OpenID Connect CIBA §10.1).
 **/

export const ciba: Grant = (request, services) =>
  redeemPoll(cibaRequests, request.parameters.require('auth_req_id'), request, services);
