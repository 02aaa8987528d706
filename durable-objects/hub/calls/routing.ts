import { Flag, hasFlag } from '../../../shared/hub-protocol/flags.ts';
import type { RequestFrame } from '../../../shared/hub-protocol/frame.ts';
import { BROADCAST_GUID } from '../../../shared/hub-protocol/guid.ts';
import type { ResponseName } from '../../../shared/hub-protocol/response-codes.ts';
import type { Endpoint, EndpointMap } from '../catalogue/endpoint.ts';

export type Route =
  | { readonly to: 'refusal'; readonly answer: ResponseName }
  | { readonly to: 'description'; readonly endpoint: Endpoint }
  | { readonly to: 'endpoint'; readonly endpoint: Endpoint };

/** Decides where an admitted frame goes: the rules [H12]–[H15], in the order of the checks. */
export function route(frame: RequestFrame, endpoints: EndpointMap): Route {
  const toClient = hasFlag(frame.flags, Flag.client);
  if (frame.guid === BROADCAST_GUID)
    return refusal(toClient ? 'BroadcastNotAllowed' : 'RequestError');
  if (toClient) return refusal('ClientNotFound');

  const endpoint = endpoints.get(frame.guid);
  if (endpoint === undefined) return refusal('ServiceNotFound');
  if (hasFlag(frame.flags, Flag.meta)) return { to: 'description', endpoint };
  if (endpoint.needsBody && frame.payload.length === 0) return refusal('RequestError');
  return { to: 'endpoint', endpoint };
}

const refusal = (answer: ResponseName): Route => ({ to: 'refusal', answer });
