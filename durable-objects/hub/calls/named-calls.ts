import type { NamedCall } from '../../../shared/contracts/connect/hub-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import { type Answer, emptyAnswer } from '../../../shared/hub-protocol/answer.ts';
import type { Endpoint } from '../catalogue/endpoint.ts';
import type { Service } from './services/service.ts';

export type EndpointAddress = Pick<NamedCall, 'service' | 'method' | 'path'>;

export type NamedCallsDeps = {
  readonly enrolment: { ensure(): Promise<void> };
  /** A principal with the roles that its user has now. */
  readonly currentOf: (principal: SessionPrincipal) => Promise<SessionPrincipal>;
  readonly endpointNamed: (
    principal: SessionPrincipal,
    address: EndpointAddress,
  ) => Promise<Endpoint | undefined>;
  /** `undefined`: it is about a connection, and here is none. */
  readonly serviceOf: (endpoint: Endpoint) => Service | undefined;
};

/** Calls by name, of a session that need not be connected. The permission check is the socket's. */
export class NamedCalls {
  readonly #deps: NamedCallsDeps;

  constructor(deps: NamedCallsDeps) {
    this.#deps = deps;
  }

  /** @throws If the catalogue cannot be read. */
  async call(call: NamedCall): Promise<Answer> {
    const { enrolment, currentOf, endpointNamed, serviceOf } = this.#deps;
    // A hub that is known hears of changes: its catalogue is as true as that of a connection.
    await enrolment.ensure();
    const principal = await currentOf(call.principal);
    const endpoint = await endpointNamed(principal, call);
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
