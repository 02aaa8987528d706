/**
 * `grant_type=urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 §3.4).
 *
 * @module
 */

import { deviceRequests } from '../../device/device-requests.ts';
import { redeemPoll } from '../../polled/redeem-poll.ts';
import type { Grant } from '../grant.ts';

export const deviceCode: Grant = (request, services) =>
  redeemPoll(deviceRequests, request.parameters.require('device_code'), request, services);
