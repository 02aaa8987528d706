/**
 * Where a frame goes: rules [H20]–[H23] and [H84].
 *
 * @module
 */

import { Flag, hasFlag, type RequestFrame } from '../../../shared/hub-protocol/frame.ts';
import { BROADCAST_GUID } from '../../../shared/hub-protocol/guid.ts';
import type { ResponseName } from '../../../shared/hub-protocol/response-codes.ts';
import type { Result } from '../../../shared/result.ts';
import type { Endpoint, EndpointMap } from '../catalogue/endpoint.ts';
import type { BoundCall } from '../shortcuts/shortcut.ts';

export type Route =
  | { readonly to: 'peer' }
  | { readonly to: 'broadcast' }
  | { readonly to: 'refusal'; readonly answer: ResponseName }
  | { readonly to: 'description'; readonly endpoint: Endpoint }
  /** The echo is apart from other endpoints because the hub answers it without waiting. */
  | { readonly to: 'echo' }
  | { readonly to: 'endpoint'; readonly call: BoundCall };

/** The order of the checks is the order of the rules. */
export function route(
  frame: RequestFrame,
  endpoints: EndpointMap,
  shortcut: Result<BoundCall, ResponseName> | undefined,
): Route {
  const toClient = hasFlag(frame.flags, Flag.client);
  const meta = hasFlag(frame.flags, Flag.meta);
  if (shortcut !== undefined) return toShortcut(shortcut, meta);
  // A client cannot be described.
  if (toClient && meta) return refusal('RequestError');
  if (frame.guid === BROADCAST_GUID)
    return toClient ? { to: 'broadcast' } : refusal('RequestError');
  if (toClient) return { to: 'peer' };

  const endpoint = endpoints.get(frame.guid);
  if (endpoint === undefined) return refusal('ServiceNotFound');
  if (meta) return { to: 'description', endpoint };
  const { payload, flags } = frame;
  if (endpoint.needsBody && payload.length === 0) return refusal('RequestError');
  if (endpoint.service === 'echo') return { to: 'echo' };
  return { to: 'endpoint', call: { endpoint, payload, binary: hasFlag(flags, Flag.binary) } };
}

/** The payload of the frame is discarded: the shortcut has its own. */
function toShortcut(shortcut: Result<BoundCall, ResponseName>, meta: boolean): Route {
  if (!shortcut.ok) return refusal(shortcut.error);
  const call = shortcut.value;
  return meta ? { to: 'description', endpoint: call.endpoint } : { to: 'endpoint', call };
}

const refusal = (answer: ResponseName): Route => ({ to: 'refusal', answer });
