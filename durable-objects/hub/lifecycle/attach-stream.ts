/**
 * Gives a new connection its stream: a new one, or the one that its client lost.
 *
 * @module
 */

import { type Clock, type Millis, seconds } from '../../../shared/clock.ts';
import type { UpgradeParameters } from '../../../shared/contracts/connect/upgrade-parameters.ts';
import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import type { EventPayload } from '../../../shared/hub-protocol/event.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import { type ConnectSalts, saltOf } from '../../../shared/tokens/connect-salts.ts';
import { type NewToken, newReconnectionToken } from '../../../shared/tokens/reconnection-token.ts';
import type { Connection } from '../connections/connection.ts';
import type { Connections } from '../connections/connections.ts';
import { controlEvent, sendEventAt } from '../connections/control-events.ts';
import type { Attachment } from '../frames/attachment.ts';
import type { SessionRates } from '../frames/rates.ts';
import type { PeerAddresses } from '../messaging/peer-addresses.ts';
import { FIRST_SEQUENCE, type Stream } from '../streams/stream.ts';
import type { StreamConnection, Streams } from '../streams/streams.ts';
import type { ConnectionCloser } from './close-connection.ts';
import type { DirectoryEntries } from './directory-entries.ts';
import type { IdentifiedUpgrade } from './identify.ts';
import type { QueueSeats } from './queue-seats.ts';
import { decideResume } from './resume-decision.ts';

export type StreamAttacherNeeds = {
  /** The name of this hub. */
  readonly hub: string;
  readonly salts: Promise<ConnectSalts>;
  readonly streams: Pick<Streams, 'find' | 'findLive' | 'begin' | 'resume' | 'sendReplay'>;
  readonly addresses: Pick<PeerAddresses, 'make'>;
  readonly connections: Pick<Connections, 'accept' | 'ofSession' | 'newestOf'>;
  readonly rates: Pick<SessionRates, 'find'>;
  readonly entries: Pick<DirectoryEntries, 'remove'>;
  readonly closer: Pick<ConnectionCloser, 'end'>;
  readonly seats: Pick<QueueSeats, 'renew'>;
  readonly tickets: { use(ticket: NonNullable<UpgradeParameters['ticket']>, now: Millis): boolean };
  /** How long a stream waits for its client. */
  readonly window: Millis;
  readonly clock: Clock;
};

/** A new connection, and the client's end of its socket. */
export type Accepted = { readonly connection: Connection; readonly client: WebSocket };

/** The members of a stream that take time to make. */
export type StreamPreparation = NewToken & Pick<Stream, 'saltId' | 'peerGuid'>;

type Ready = {
  readonly attachment: Attachment;
  readonly manifest: EventPayload;
  readonly preparation: StreamPreparation;
};

export class StreamAttacher {
  readonly #needs: StreamAttacherNeeds;

  constructor(needs: StreamAttacherNeeds) {
    this.#needs = needs;
  }

  /** Does what takes time, before {@link attach}. */
  async prepare(upgrade: IdentifiedUpgrade): Promise<StreamPreparation> {
    const { hub, salts, streams, addresses } = this.#needs;
    const { principal, parameters, tokenHash } = upgrade;
    const { sessionId } = principal;
    const wantsToResume = tokenHash !== undefined || parameters.lastSequence !== undefined;
    const stream = wantsToResume ? streams.find(sessionId) : undefined;
    const all = await salts;
    const token = await newReconnectionToken(all, { hub, sessionId });
    // A client that resumes keeps its peer GUID, and the GUIDs of endpoints while their salt exists.
    const peerGuid = stream?.peerGuid ?? (await addresses.make());
    return { ...token, saltId: saltOf(all, stream?.saltId).id, peerGuid };
  }

  /** Accepts the socket and sends the manifest and what the client missed. Does not wait. */
  attach(upgrade: IdentifiedUpgrade, ready: Ready): Result<Accepted, ErrorCode> {
    const { streams, connections, entries, tickets, clock } = this.#needs;
    const { principal, parameters } = upgrade;
    const { sessionId } = principal;
    const { ticket } = parameters;
    const current = streams.findLive(sessionId);
    const decision = decideResume(upgrade, current, ready.attachment.epoch);
    if (!decision.ok) return decision;
    // Nothing refuses the client any more, but that another one was faster with the same ticket.
    const isUnused = ticket === undefined || tickets.use(ticket, clock());
    if (!isUnused) return err('CONNECT_TICKET_INVALID');
    const older = connections.ofSession(sessionId);
    const accepted =
      decision.value.as === 'begin'
        ? this.#begin(upgrade, ready, older)
        : this.#resume(upgrade, ready, older, decision.value.from);
    if (current !== undefined && current.stream.lost !== null) entries.remove(current.stream);
    return ok(accepted);
  }

  #begin(upgrade: IdentifiedUpgrade, ready: Ready, older: readonly Connection[]): Accepted {
    const { streams, closer } = this.#needs;
    // Ended first, because the event that tells them why has its sequence in the stream that ends.
    for (const each of older) closer.end(each, 'superseded');
    const accepted = this.#accept(ready.attachment);
    streams.begin(streamConnection(upgrade, ready, accepted));
    this.#sendManifest(accepted, ready, FIRST_SEQUENCE, false);
    return accepted;
  }

  #resume(
    upgrade: IdentifiedUpgrade,
    ready: Ready,
    older: readonly Connection[],
    lastSequence: number,
  ): Accepted {
    const { streams, closer, seats, clock } = this.#needs;
    const accepted = this.#accept(ready.attachment);
    const { connection } = accepted;
    const members = streamConnection(upgrade, ready, accepted);
    const replay = streams.resume(members, lastSequence, upgrade.tokenHash);
    this.#sendManifest(accepted, ready, replay.from, true);
    if (replay.gap !== undefined) {
      sendEventAt(connection, controlEvent('connect.gap', replay.gap, clock()), replay.from);
    }
    streams.sendReplay(connection, replay);
    // A reconnection token alone did not tell the queue how long the session's token is valid.
    if (upgrade.tokenHash !== undefined) seats.renew(connection);
    // Ended last: the stream has its new connection by now, and does not end with the older ones.
    for (const each of older) closer.end(each, 'superseded');
    return accepted;
  }

  #accept(attachment: Attachment): Accepted {
    const { connections, rates } = this.#needs;
    const { 0: client, 1: server } = new WebSocketPair();
    const { sessionId } = attachment.principal;
    // The rate is the session's: connecting again begins no new minute [H15].
    const counted = connections.newestOf(sessionId)?.state.rate ?? rates.find(sessionId);
    const rate = counted ?? attachment.rate;
    return { connection: connections.accept(server, { ...attachment, rate }), client };
  }

  #sendManifest(
    { connection }: Accepted,
    { manifest, preparation }: Ready,
    sequence: number,
    resumed: boolean,
  ): void {
    const payload = {
      ...manifest,
      reconnectionToken: preparation.token,
      reconnectionWindowSeconds: this.#needs.window / seconds(1),
      resumed,
    };
    sendEventAt(connection, payload, sequence);
  }
}

const streamConnection = (
  { principal }: IdentifiedUpgrade,
  { attachment, preparation }: Ready,
  { connection }: Accepted,
): StreamConnection => ({
  principal,
  epoch: attachment.epoch,
  saltId: preparation.saltId,
  peerGuid: preparation.peerGuid,
  tokenHash: preparation.hash,
  connection,
});
