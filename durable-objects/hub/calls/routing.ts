import { Flag, hasFlag } from '../../../shared/hub-protocol/flags.ts';
import type { RequestFrame } from '../../../shared/hub-protocol/frame.ts';
import { BROADCAST_GUID } from '../../../shared/hub-protocol/guid.ts';
import type { ResponseName } from '../../../shared/hub-protocol/response-codes.ts';
import type { Endpoint, EndpointMap } from '../catalogue/endpoint.ts';

export type Route =
  | { readonly to: 'peer' }
  | { readonly to: 'broadcast' }
  | { readonly to: 'refusal'; readonly answer: ResponseName }
  | { readonly to: 'description'; readonly endpoint: Endpoint }
  /** Needs nothing of what a call needs, and so is answered at once. */
  | { readonly to: 'echo' }
  | { readonly to: 'endpoint'; readonly endpoint: Endpoint };

/** Decides where an admitted frame goes: the rules [H12]–[H15], in the order of the checks. */
export function route(frame: RequestFrame, endpoints: EndpointMap): Route {
  const [toClient, meta] = [hasFlag(frame.flags, Flag.client), hasFlag(frame.flags, Flag.meta)];
  // Only endpoints are described.
  if (toClient && meta) return refusal('RequestError');
  if (frame.guid === BROADCAST_GUID)
    return toClient ? { to: 'broadcast' } : refusal('RequestError');
  if (toClient) return { to: 'peer' };

  const endpoint = endpoints.get(frame.guid);
  if (endpoint === undefined) return refusal('ServiceNotFound');
  if (meta) return { to: 'description', endpoint };
  if (endpoint.needsBody && frame.payload.length === 0) return refusal('RequestError');
  return endpoint.service === 'echo' ? { to: 'echo' } : { to: 'endpoint', endpoint };
}

const refusal = (answer: ResponseName): Route => ({ to: 'refusal', answer });
