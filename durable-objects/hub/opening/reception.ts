import type { Clock } from '../../../shared/clock.ts';
import type { DirectoryRpc, Registered } from '../../../shared/contracts/connect/connect-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import type { IdentityRpc } from '../../../shared/contracts/identity/identity-rpc.ts';
import type { Subprotocol } from '../../../shared/hub-protocol/subprotocol.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import { newAttachment } from '../connections/attachment.ts';
import type { CurrentRoles } from '../connections/current-roles.ts';
import type { ManifestWriter } from '../manifests/manifest-writer.ts';
import type { Accepted, Attending, Provision } from './attending.ts';
import type { Enrolment } from './enrolment.ts';
import { type JudgedOpening, prepareOpening } from './opening.ts';
import type { Doom, Openings } from './openings.ts';
import type { Upgrade } from './upgrade.ts';

export type ReceptionDeps = {
  /** The name of the hub. */
  readonly shard: string;
  readonly openings: Openings;
  readonly enrolment: Pick<Enrolment, 'ensure'>;
  readonly writer: Pick<ManifestWriter, 'first'>;
  readonly identity: Pick<IdentityRpc, 'checkSession'>;
  readonly roles: Pick<CurrentRoles, 'of'>;
  readonly directoryOf: (subject: string) => DirectoryRpc;
  readonly attending: Attending;
  readonly clock: Clock;
  readonly log: Log;
};

export type Opened = Accepted & {
  readonly registered: Registered;
  readonly manifestHash: string;
};

type Prepared = JudgedOpening & { readonly provision: Provision };

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
    const { shard, enrolment, identity, writer, attending, roles, directoryOf } = this.#deps;
    // Before the catalogue is read: of what changes after that, a known hub is told.
    await enrolment.ensure();
    const provision = await attending.provide(upgrade);
    const { saltId, peerGuid } = provision;
    const directory = directoryOf(upgrade.principal.subject);
    const manifestFor = (principal: SessionPrincipal) =>
      writer.first({ principal, saltId, peerGuid }, upgrade.arrival.manifestHash);
    const deps = { directory, identity, manifestFor, roles };
    const judged = await prepareOpening({ connectionId, shard }, upgrade.principal, deps);
    return judged.ok ? ok({ ...judged.value, provision }) : judged;
  }

  #admit(
    connectionId: string,
    upgrade: Upgrade,
    { registered, provision, ...prepared }: Prepared,
  ): Result<Opened, ErrorCode> {
    const { subprotocol, clientIp, country, traceparent } = upgrade;
    const { seat } = upgrade.arrival;
    const principal = this.#deps.roles.of(prepared.principal);
    const { payload, told, hash } = prepared.manifest;
    const client = { clientIp, country, ...featuresOf(subprotocol) };
    const { epoch } = registered;
    const { peerGuid } = provision;
    const attachment = newAttachment(
      { connectionId, epoch, principal, peerGuid, told, seat, traceparent, ...client },
      this.#deps.clock(),
    );
    if (attachment === undefined) return err('PAYLOAD_TOO_LARGE');
    const attended = this.#deps.attending.attend(
      { ...upgrade, principal },
      { attachment, manifest: payload, provision },
    );
    return attended.ok ? ok({ ...attended.value, registered, manifestHash: hash }) : attended;
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

/** What a client understands that the reference protocol does not have. */
const featuresOf = (subprotocol: Subprotocol | undefined) => ({
  problem: subprotocol === 'sallyport.v1+problem',
  deltas: subprotocol !== undefined,
});
