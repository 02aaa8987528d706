import type { Clock } from '../../../shared/clock.ts';
import type { DirectoryRpc, Registered } from '../../../shared/contracts/connect-rpc.ts';
import type { ErrorCode } from '../../../shared/contracts/error-codes.ts';
import type { IdentityRpc } from '../../../shared/contracts/identity-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/principal.ts';
import type { EventPayload } from '../../../shared/hub-protocol/event.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import type { SessionEndpoints } from '../catalogue/session-endpoints.ts';
import { newAttachment } from '../connections/attachment.ts';
import type { CurrentRoles } from '../connections/current-roles.ts';
import type { HubLimits } from '../hub.ts';
import type { Accepted, Attending, Provision } from './attending.ts';
import type { Enrolment } from './enrolment.ts';
import { manifest } from './manifest.ts';
import { prepareOpening } from './opening.ts';
import type { Doom, Openings } from './openings.ts';
import type { Upgrade } from './upgrade.ts';

export type ReceptionDeps = {
  /** The name of the hub. */
  readonly shard: string;
  readonly limits: HubLimits;
  readonly openings: Openings;
  readonly enrolment: Pick<Enrolment, 'ensure'>;
  readonly endpoints: Pick<SessionEndpoints, 'fresh'>;
  readonly identity: Pick<IdentityRpc, 'checkSession'>;
  readonly roles: Pick<CurrentRoles, 'of'>;
  readonly directoryOf: (subject: string) => DirectoryRpc;
  readonly attending: Attending;
  readonly clock: Clock;
  readonly log: Log;
};

export type Opened = Accepted & { readonly registered: Registered };

type Prepared = {
  readonly registered: Registered;
  readonly principal: SessionPrincipal;
  readonly manifest: EventPayload;
  readonly provision: Provision;
};

const DOOMED: Readonly<Record<Doom, ErrorCode>> = {
  ended: 'SESSION_TERMINATED',
  superseded: 'CONFLICT',
};

/** Lets clients in. */
export class Reception {
  readonly #deps: ReceptionDeps;

  constructor(deps: ReceptionDeps) {
    this.#deps = deps;
  }

  /** Opens a connection and sends its manifest, or takes back everything and says why not. */
  async open(upgrade: Upgrade): Promise<Result<Opened, ErrorCode>> {
    const connectionId = crypto.randomUUID();
    const opened = await this.#attempt(connectionId, upgrade);
    if (!opened.ok) await this.#takeBack(connectionId, upgrade);
    return opened;
  }

  async #attempt(connectionId: string, upgrade: Upgrade): Promise<Result<Opened, ErrorCode>> {
    using opening = this.#deps.openings.begin(connectionId, upgrade.principal.sessionId);
    try {
      const prepared = await this.#prepare(connectionId, upgrade);
      if (!prepared.ok) return prepared;
      // No await from here to the accepted socket: the session could end in it, unnoticed.
      return opening.doom === undefined
        ? this.#admit(connectionId, upgrade, prepared.value)
        : err(DOOMED[opening.doom]);
    } catch (error) {
      this.#log('hub.open_failed', upgrade, error);
      return err('SERVICE_UNAVAILABLE');
    }
  }

  async #prepare(connectionId: string, upgrade: Upgrade): Promise<Result<Prepared, ErrorCode>> {
    const { shard, limits, enrolment, identity, endpoints, attending } = this.#deps;
    const { roles, directoryOf, clock } = this.#deps;
    // Before the catalogue is read: of what changes after that, a known hub is told.
    await enrolment.ensure();
    const provision = await attending.provide(upgrade);
    const directory = directoryOf(upgrade.principal.subject);
    const endpointsOf = (asking: SessionPrincipal) => endpoints.fresh(asking, provision.saltId);
    const deps = { directory, identity, endpointsOf, roles };
    const judged = await prepareOpening({ connectionId, shard }, upgrade.principal, deps);
    if (!judged.ok) return judged;
    const { registered, principal } = judged.value;
    const payload = await manifest({
      peerGuid: provision.peerGuid,
      sessionId: principal.sessionId,
      endpoints: judged.value.endpoints,
      limits,
      eventId: crypto.randomUUID(),
      now: clock(),
    });
    return ok({ registered, principal, manifest: payload, provision });
  }

  #admit(
    connectionId: string,
    upgrade: Upgrade,
    { registered, ...prepared }: Prepared,
  ): Result<Opened, ErrorCode> {
    const { subprotocol, clientIp, country, traceparent } = upgrade;
    const { seat } = upgrade.arrival;
    const principal = this.#deps.roles.of(prepared.principal);
    const problem = subprotocol === 'sallyport.v1+problem';
    const { epoch } = registered;
    const { peerGuid } = prepared.provision;
    const attachment = newAttachment(
      { connectionId, epoch, principal, peerGuid, seat, clientIp, country, traceparent, problem },
      this.#deps.clock(),
    );
    if (attachment === undefined) return err('PAYLOAD_TOO_LARGE');
    const attended = this.#deps.attending.attend(
      { ...upgrade, principal },
      { attachment, ...prepared },
    );
    return attended.ok ? ok({ ...attended.value, registered }) : attended;
  }

  async #takeBack(connectionId: string, upgrade: Upgrade): Promise<void> {
    try {
      await this.#deps.directoryOf(upgrade.principal.subject).unregister(connectionId);
    } catch (error) {
      // The entry expires by itself, and until then points to a hub that has no such connection.
      this.#log('hub.unregister_failed', upgrade, error);
    }
  }

  #log(event: string, { correlationId }: Upgrade, error: unknown): void {
    this.#deps.log({ event, level: 'error', correlationId, error: String(error) });
  }
}
