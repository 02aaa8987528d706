import type { NamedCall } from '../../../shared/contracts/connect/hub-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import { type Answer, emptyAnswer } from '../../../shared/hub-protocol/answer.ts';
import type { Endpoint } from '../catalogue/endpoint.ts';
import type { SessionEndpoints } from '../catalogue/session-endpoints.ts';
import type { HubRegistration } from '../lifecycle/open-connection.ts';
import type { Service } from './services/service.ts';

export type NamedCallsNeeds = {
  readonly registration: Pick<HubRegistration, 'ensure'>;
  /** Returns the principal with the roles that its user has now. */
  readonly withCurrentRoles: (principal: SessionPrincipal) => Promise<SessionPrincipal>;
  readonly endpoints: Pick<SessionEndpoints, 'named'>;
  /** `undefined` for an endpoint that is about a connection. */
  readonly serviceOf: (endpoint: Endpoint) => Service | undefined;
};

/**
 * Calls of endpoints by name, for sessions that ask over HTTP and need not be connected. The
 * permission check is the same as for a socket.
 */
export class NamedCalls {
  readonly #needs: NamedCallsNeeds;

  constructor(needs: NamedCallsNeeds) {
    this.#needs = needs;
  }

  /** @throws If the catalogue cannot be read. */
  async call(call: NamedCall): Promise<Answer> {
    const { registration, withCurrentRoles, endpoints, serviceOf } = this.#needs;
    // A registered hub is notified of changes, so its catalogue is as current as that of a
    // connection.
    await registration.ensure();
    const principal = await withCurrentRoles(call.principal);
    const endpoint = await endpoints.named(principal, call);
    const service = endpoint && serviceOf(endpoint);
    if (endpoint === undefined || service === undefined) return emptyAnswer('ServiceNotFound');
    if (endpoint.needsBody && call.payload.length === 0) return emptyAnswer('RequestError');
    const { payload, clientIp, country, correlationId } = call;
    return service({
      endpoint,
      payload,
      binary: false,
      principal,
      clientIp,
      country,
      correlationId,
    });
  }
}
