/**
 * How a connection opens, from an identified client to its socket: rules [H1] and [H2].
 *
 * @module
 */

import type { Clock } from '../../../shared/clock.ts';
import type { DirectoryRpc, Registered } from '../../../shared/contracts/connect/connect-rpc.ts';
import type { RegistryRpc } from '../../../shared/contracts/connect/registry-rpc.ts';
import { namesOfUser, type SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import type {
  IdentityRpc,
  SessionStatus,
} from '../../../shared/contracts/identity/identity-rpc.ts';
import type { Subprotocol } from '../../../shared/hub-protocol/subprotocol.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import { newAttachment } from '../frames/attachment.ts';
import type { ManifestWriter, WrittenManifest } from '../manifests/manifest-writer.ts';
import type { Accepted, StreamAttacher, StreamPreparation } from './attach-stream.ts';
import { entryExpiry } from './directory-entries.ts';
import type { IdentifiedUpgrade } from './identify.ts';
import type { CurrentRoles } from './role-changes.ts';

export type ConnectionOpenerNeeds = {
  /** The name of this hub. */
  readonly hub: string;
  readonly openings: Pick<PendingOpenings, 'begin'>;
  readonly registration: Pick<HubRegistration, 'ensure'>;
  readonly writer: Pick<ManifestWriter, 'first'>;
  readonly identity: Pick<IdentityRpc, 'checkSession'>;
  readonly roles: Pick<CurrentRoles, 'of'>;
  /** The directory of one name of a user. */
  readonly directoryOf: (name: string) => Pick<DirectoryRpc, 'register' | 'unregister'>;
  readonly attacher: Pick<StreamAttacher, 'prepare' | 'attach'>;
  readonly clock: Clock;
  readonly log: Log;
};

export type Opened = Accepted & {
  /** The older connections of the session, which are to be closed. */
  readonly superseded: Registered['superseded'];
  readonly manifestHash: string;
};

/** What a connection needs and takes time to get. */
type Prepared = {
  readonly preparation: StreamPreparation;
  readonly registered: Registered;
  /** The principal with the roles of this moment. */
  readonly principal: SessionPrincipal;
  readonly manifest: WrittenManifest;
};

export class ConnectionOpener {
  readonly #needs: ConnectionOpenerNeeds;

  constructor(needs: ConnectionOpenerNeeds) {
    this.#needs = needs;
  }

  /** Opens a connection and sends its manifest. If it is refused, no directory entry remains. */
  async open(upgrade: IdentifiedUpgrade): Promise<Result<Opened, ErrorCode>> {
    const connectionId = crypto.randomUUID();
    const opened = await this.#attempt(connectionId, upgrade);
    if (!opened.ok) await this.#unregister(connectionId, upgrade);
    return opened;
  }

  async #attempt(
    connectionId: string,
    upgrade: IdentifiedUpgrade,
  ): Promise<Result<Opened, ErrorCode>> {
    using opening = this.#needs.openings.begin(connectionId, upgrade.principal.sessionId);
    try {
      const prepared = await this.#prepare(connectionId, upgrade);
      if (!prepared.ok) return prepared;
      // No `await` from here to the accepted socket: the session could end in it without notice.
      return opening.refusal === undefined
        ? this.#accept(connectionId, upgrade, prepared.value)
        : err(OPENING_REFUSALS[opening.refusal]);
    } catch (error) {
      this.#log('hub.open_failed', upgrade, error);
      return err('SERVICE_UNAVAILABLE');
    }
  }

  /**
   * The order matters: the directory learns of the connection before the session is checked. A session
   * that ends in between is found in the directory, and one that ended before is found by the check.
   *
   * @throws If the registry, the directory or identity cannot be reached.
   */
  async #prepare(
    connectionId: string,
    upgrade: IdentifiedUpgrade,
  ): Promise<Result<Prepared, ErrorCode>> {
    const { hub, registration, identity, writer, attacher, roles, directoryOf } = this.#needs;
    const { parameters } = upgrade;
    const { subject, sessionId, tokenId } = upgrade.principal;
    // Registered before the catalogue is read, so that the hub is notified of later changes.
    await registration.ensure();
    const preparation = await attacher.prepare(upgrade);
    const { saltId, peerGuid } = preparation;
    const expiresAt = entryExpiry(upgrade.principal);
    const entry = { connectionId, sessionId, shard: hub, expiresAt };
    const { userId } = upgrade.principal;
    const [registered] = await Promise.all([
      directoryOf(subject).register(entry),
      userId === undefined ? undefined : directoryOf(userId).register(entry),
    ]);
    const principal = roles.of(upgrade.principal, registered.rolesChanged);
    const [status, manifest] = await Promise.all([
      identity.checkSession({ subject, sessionId, tokenId }),
      writer.first({ principal, saltId, peerGuid }, parameters.manifestHash),
    ]);
    return status === 'live'
      ? ok({ preparation, registered, principal, manifest })
      : err(SESSION_REFUSALS[status]);
  }

  #accept(
    connectionId: string,
    upgrade: IdentifiedUpgrade,
    { preparation, registered, manifest, ...prepared }: Prepared,
  ): Result<Opened, ErrorCode> {
    const { roles, attacher, clock } = this.#needs;
    const { subprotocol, clientIp, country, traceparent } = upgrade;
    const { seat } = upgrade.parameters;
    // The roles are looked up again, because they may have changed while the connection was prepared.
    const principal = roles.of(prepared.principal);
    const { epoch } = registered;
    const { peerGuid } = preparation;
    const client = { clientIp, country, traceparent, ...featuresOf(subprotocol) };
    const attachment = newAttachment(
      { connectionId, epoch, principal, peerGuid, told: manifest.sent, seat, ...client },
      clock(),
    );
    if (attachment === undefined) return err('PAYLOAD_TOO_LARGE');
    const ready = { attachment, manifest: manifest.payload, preparation };
    const attached = attacher.attach({ ...upgrade, principal }, ready);
    if (!attached.ok) return attached;
    return ok({
      ...attached.value,
      superseded: registered.superseded,
      manifestHash: manifest.hash,
    });
  }

  async #unregister(connectionId: string, upgrade: IdentifiedUpgrade): Promise<void> {
    for (const name of namesOfUser(upgrade.principal)) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one name, and rarely a second
        await this.#needs.directoryOf(name).unregister(connectionId);
      } catch (error) {
        // Harmless: until the entry expires, it names a hub that has no such connection.
        this.#log('hub.unregister_failed', upgrade, error);
      }
    }
  }

  #log(event: string, { correlationId }: IdentifiedUpgrade, error: unknown): void {
    this.#needs.log({ event, level: 'error', correlationId, error: String(error) });
  }
}

/** The additions to the reference protocol that a client understands. */
const featuresOf = (subprotocol: Subprotocol | undefined) => ({
  problem: subprotocol === 'sallyport.v1+problem',
  deltas: subprotocol !== undefined,
});

const OPENING_REFUSALS: Readonly<Record<OpeningRefusal, ErrorCode>> = {
  ended: 'SESSION_TERMINATED',
  superseded: 'CONFLICT',
};

const SESSION_REFUSALS: Readonly<Record<Exclude<SessionStatus | 'revoked', 'live'>, ErrorCode>> = {
  ended: 'SESSION_TERMINATED',
  expired: 'SESSION_EXPIRED',
  // Not a 404: a client without a session has to sign in, like the others.
  unknown: 'SESSION_TERMINATED',
  revoked: 'AUTH_TOKEN_REVOKED',
};

/** Why a connection must not open after all. */
type OpeningRefusal = 'ended' | 'superseded';

type Opening = {
  readonly connectionId: string;
  readonly sessionId: string;
  refusal?: OpeningRefusal;
};

/**
 * Connections that are opening: the hub waits for the directory and for identity, and has no socket
 * yet that it could close.
 *
 * If the session ends meanwhile, that is recorded here and obeyed before the socket is accepted. The
 * records are in memory only, as are the requests that wait.
 */
export class PendingOpenings {
  readonly #openings = new Set<Opening>();

  begin(
    connectionId: string,
    sessionId: string,
  ): Disposable & { readonly refusal: OpeningRefusal | undefined } {
    const opening: Opening = { connectionId, sessionId };
    this.#openings.add(opening);
    return {
      get refusal() {
        return opening.refusal;
      },
      [Symbol.dispose]: () => this.#openings.delete(opening),
    };
  }

  endSession(sessionId: string): void {
    for (const opening of this.#openings) {
      if (opening.sessionId === sessionId) opening.refusal = 'ended';
    }
  }

  /** Returns whether the connection is opening. */
  supersede(connectionId: string): boolean {
    const opening = [...this.#openings].find((each) => each.connectionId === connectionId);
    if (opening !== undefined) opening.refusal ??= 'superseded';
    return opening !== undefined;
  }
}

export type HubRegistrationNeeds = {
  /** The name of this hub. */
  readonly hub: string;
  readonly registry: () => Pick<RegistryRpc, 'addHub'>;
};

/**
 * Registers the hub, so that it is notified of changed services and of events for all clients. The
 * registry stores it, so the object does it once in its life in memory [H4].
 */
export class HubRegistration {
  readonly #needs: HubRegistrationNeeds;
  #registered: Promise<void> | undefined;

  constructor(needs: HubRegistrationNeeds) {
    this.#needs = needs;
  }

  /** @throws If the registry cannot be reached. The next call tries again. */
  async ensure(): Promise<void> {
    const { hub, registry } = this.#needs;
    this.#registered ??= registry()
      .addHub(hub)
      .catch((error: unknown) => {
        this.#registered = undefined;
        throw error;
      });
    await this.#registered;
  }
}
