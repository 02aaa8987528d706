/**
 * `grant_type=urn:openid:params:grant-type:ciba` (OpenID Connect CIBA §10.1).
 *
 * @module
 */

import { backchannelRequests } from '../../ciba/backchannel-request.ts';
import { redeemPoll } from '../../polled/redeem-poll.ts';
import type { Grant } from '../grant.ts';

export const ciba: Grant = (request, services) =>
  redeemPoll(backchannelRequests, request.parameters.require('auth_req_id'), request, services);
