import type { Clock, NumericDate } from '../../../shared/clock.ts';
import type { DirectoryRpc, Registered } from '../../../shared/contracts/connect/connect-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import type {
  IdentityRpc,
  SessionStatus,
} from '../../../shared/contracts/identity/identity-rpc.ts';
import type { Subprotocol } from '../../../shared/hub-protocol/subprotocol.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import { graceEnd } from '../connections/liveness.ts';
import { newAttachment } from '../frames/attachment.ts';
import type { ManifestWriter, Written } from '../manifests/manifest-writer.ts';
import type { Accepted, Provision, StreamAttacher } from './attach-stream.ts';
import { ENTRY_SLACK } from './directory-entries.ts';
import type { HubRegistration } from './hub-registration.ts';
import type { IdentifiedUpgrade } from './identify.ts';
import type { OpeningRefusal, PendingOpenings } from './pending-openings.ts';
import type { CurrentRoles } from './role-changes.ts';

export type ConnectionOpenerDeps = {
  /** The name of the hub. */
  readonly shard: string;
  readonly openings: PendingOpenings;
  readonly enrolment: Pick<HubRegistration, 'ensure'>;
  readonly writer: Pick<ManifestWriter, 'first'>;
  readonly identity: Pick<IdentityRpc, 'checkSession'>;
  readonly roles: Pick<CurrentRoles, 'of'>;
  readonly directoryOf: (subject: string) => DirectoryRpc;
  readonly attending: StreamAttacher;
  readonly clock: Clock;
  readonly log: Log;
};

export type Opened = Accepted & {
  readonly registered: Registered;
  readonly manifestHash: string;
};

type Prepared = JudgedOpening & { readonly provision: Provision };

const DOOMED: Readonly<Record<OpeningRefusal, ErrorCode>> = {
  ended: 'SESSION_TERMINATED',
  superseded: 'CONFLICT',
};

/** Lets clients in. */
export class ConnectionOpener {
  readonly #deps: ConnectionOpenerDeps;

  constructor(deps: ConnectionOpenerDeps) {
    this.#deps = deps;
  }

  /** Opens a connection and sends its manifest, or takes back everything and says why not. */
  async open(upgrade: IdentifiedUpgrade): Promise<Result<Opened, ErrorCode>> {
    const connectionId = crypto.randomUUID();
    const opened = await this.#attempt(connectionId, upgrade);
    if (!opened.ok) await this.#takeBack(connectionId, upgrade);
    return opened;
  }

  async #attempt(
    connectionId: string,
    upgrade: IdentifiedUpgrade,
  ): Promise<Result<Opened, ErrorCode>> {
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

  async #prepare(
    connectionId: string,
    upgrade: IdentifiedUpgrade,
  ): Promise<Result<Prepared, ErrorCode>> {
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
    upgrade: IdentifiedUpgrade,
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

  async #takeBack(connectionId: string, upgrade: IdentifiedUpgrade): Promise<void> {
    try {
      await this.#deps.directoryOf(upgrade.principal.subject).unregister(connectionId);
    } catch (error) {
      // The entry expires by itself, and until then points to a hub that has no such connection.
      this.#log('hub.unregister_failed', upgrade, error);
    }
  }

  #log(event: string, { correlationId }: IdentifiedUpgrade, error: unknown): void {
    this.#deps.log({ event, level: 'error', correlationId, error: String(error) });
  }
}

/** What a client understands that the reference protocol does not have. */
const featuresOf = (subprotocol: Subprotocol | undefined) => ({
  problem: subprotocol === 'sallyport.v1+problem',
  deltas: subprotocol !== undefined,
});

export type OpeningDeps = {
  readonly directory: DirectoryRpc;
  readonly identity: Pick<IdentityRpc, 'checkSession'>;
  readonly manifestFor: (principal: SessionPrincipal) => Promise<Written>;
  readonly roles: Pick<CurrentRoles, 'of'>;
};

type JudgedOpening = {
  readonly registered: Registered;
  /** With the roles of this moment. */
  readonly principal: SessionPrincipal;
  readonly manifest: Written;
};

export const entryExpiry = (expiresAt: NumericDate): number => graceEnd(expiresAt) + ENTRY_SLACK;

/**
 * Does everything that a connection needs and that takes time.
 *
 * The order matters: the directory learns of the connection first, and the session is judged after
 * that. A session that ends in between is found in the directory; one that ended before is found
 * here. There is no moment in which it is found by neither.
 *
 * @throws If the directory or identity cannot be reached.
 */
async function prepareOpening(
  { connectionId, shard }: { readonly connectionId: string; readonly shard: string },
  presented: SessionPrincipal,
  { directory, identity, manifestFor, roles }: OpeningDeps,
): Promise<Result<JudgedOpening, ErrorCode>> {
  const { subject, sessionId, tokenId, expiresAt } = presented;
  const entry = { connectionId, sessionId, shard, expiresAt: entryExpiry(expiresAt) };
  const registered = await directory.register(entry);
  const principal = roles.of(presented, registered.rolesChanged);
  const [status, manifest] = await Promise.all([
    identity.checkSession({ subject, sessionId, tokenId }),
    manifestFor(principal),
  ]);
  return status === 'live' ? ok({ registered, principal, manifest }) : err(REFUSALS[status]);
}

const REFUSALS: Readonly<Record<Exclude<SessionStatus | 'revoked', 'live'>, ErrorCode>> = {
  ended: 'SESSION_TERMINATED',
  expired: 'SESSION_EXPIRED',
  // Not 404: whoever has no session has to sign in, like the others.
  unknown: 'SESSION_TERMINATED',
  revoked: 'AUTH_TOKEN_REVOKED',
};
