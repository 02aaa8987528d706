import { type Clock, type Millis, seconds } from '../../../shared/clock.ts';
import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import { type EventPayload, eventBytes } from '../../../shared/hub-protocol/event.ts';
import { ok, type Result } from '../../../shared/result.ts';
import { type ConnectSalts, saltOf } from '../../../shared/tokens/connect-salts.ts';
import { type NewToken, newReconnectionToken } from '../../../shared/tokens/reconnection-token.ts';
import type { Connection } from '../connections/connection.ts';
import type { Connections } from '../connections/connections.ts';
import { controlEvent, newMessageId } from '../connections/control-events.ts';
import type { Attachment } from '../frames/attachment.ts';
import type { PeerAddresses } from '../messaging/peer-addresses.ts';
import { FIRST_SEQUENCE, type Stream } from '../streams/stream.ts';
import type { Streams } from '../streams/streams.ts';
import type { ConnectionCloser } from './close-connection.ts';
import type { DirectoryEntries } from './directory-entries.ts';
import type { IdentifiedUpgrade } from './identify.ts';
import type { QueueSeats } from './queue-seats.ts';
import { decideResume } from './resume-decision.ts';

export type StreamAttacherDeps = {
  /** The name of the hub. */
  readonly shard: string;
  readonly salts: Promise<ConnectSalts>;
  readonly streams: Streams;
  readonly addresses: Pick<PeerAddresses, 'make'>;
  readonly connections: Pick<Connections, 'ofSession'>;
  readonly entries: DirectoryEntries;
  readonly farewell: Pick<ConnectionCloser, 'end'>;
  readonly seats: Pick<QueueSeats, 'renew'>;
  /** Accepts the server's end of a new socket. */
  readonly accept: (attachment: Attachment) => Accepted;
  readonly window: Millis;
  readonly clock: Clock;
};

export type Accepted = { readonly connection: Connection; readonly client: WebSocket };

/** What takes time, and has to be there when a stream begins or goes on. */
export type Provision = NewToken & Pick<Stream, 'saltId' | 'peerGuid'>;

type Ready = {
  readonly attachment: Attachment;
  readonly manifest: EventPayload;
  readonly provision: Provision;
};

/** Gives a new connection its stream: a new one, or the one that its client lost. */
export class StreamAttacher {
  readonly #deps: StreamAttacherDeps;

  constructor(deps: StreamAttacherDeps) {
    this.#deps = deps;
  }

  async provide({ principal, arrival, tokenHash }: IdentifiedUpgrade): Promise<Provision> {
    const { shard, salts, streams, addresses } = this.#deps;
    const { sessionId } = principal;
    const wantsToGoOn = tokenHash !== undefined || arrival.lastSequence !== undefined;
    const stream = wantsToGoOn ? streams.find(sessionId) : undefined;
    const all = await salts;
    const token = await newReconnectionToken(all, { hub: shard, sessionId });
    // A client that goes on keeps its GUIDs: those of endpoints as long as their salt is there.
    const peerGuid = stream?.peerGuid ?? (await addresses.make());
    return { ...token, saltId: saltOf(all, stream?.saltId).id, peerGuid };
  }

  /** Accepts the socket, and sends what has to be sent first. */
  attend(upgrade: IdentifiedUpgrade, ready: Ready): Result<Accepted, ErrorCode> {
    const { streams, connections, entries } = this.#deps;
    const { sessionId } = upgrade.principal;
    const standing = streams.standing(sessionId);
    const course = decideResume(upgrade, standing, ready.attachment.epoch);
    if (!course.ok) return course;
    const older = connections.ofSession(sessionId);
    const accepted =
      course.value.as === 'begin'
        ? this.#begin(upgrade, ready, older)
        : this.#resume(upgrade, ready, older, course.value.from);
    if (standing !== undefined && standing.stream.lost !== null) entries.remove(standing.stream);
    return ok(accepted);
  }

  #begin(upgrade: IdentifiedUpgrade, ready: Ready, older: readonly Connection[]): Accepted {
    const { streams, farewell, accept } = this.#deps;
    // Before: what they are told has its number in the stream that ends.
    for (const each of older) farewell.end(each, 'superseded');
    const accepted = accept(ready.attachment);
    streams.begin(attendance(upgrade, ready, accepted));
    this.#greet(accepted, ready, FIRST_SEQUENCE, false);
    return accepted;
  }

  #resume(
    upgrade: IdentifiedUpgrade,
    ready: Ready,
    older: readonly Connection[],
    lastSequence: number,
  ): Accepted {
    const { streams, farewell, seats, accept, clock } = this.#deps;
    const accepted = accept(ready.attachment);
    const { connection } = accepted;
    const attending = attendance(upgrade, ready, accepted);
    const replay = streams.resume(attending, lastSequence, upgrade.tokenHash);
    this.#greet(accepted, ready, replay.from, true);
    if (replay.gap !== undefined) {
      const gap = controlEvent('connect.gap', replay.gap, clock());
      connection.send(eventBytes(gap, replay.from, newMessageId()));
    }
    streams.repeat(connection, replay);
    // With a token alone, nobody knew before for how long the seat is taken.
    if (upgrade.tokenHash !== undefined) seats.renew(connection);
    // After: the stream is no longer theirs, and does not end with them.
    for (const each of older) farewell.end(each, 'superseded');
    return accepted;
  }

  #greet(
    { connection }: Accepted,
    { manifest, provision }: Ready,
    sequence: number,
    resumed: boolean,
  ): void {
    const payload = {
      ...manifest,
      reconnectionToken: provision.token,
      reconnectionWindowSeconds: this.#deps.window / seconds(1),
      resumed,
    };
    connection.send(eventBytes(payload, sequence, newMessageId()));
  }
}

const attendance = (
  { principal }: IdentifiedUpgrade,
  { attachment, provision }: Ready,
  { connection }: Accepted,
) => ({
  principal,
  epoch: attachment.epoch,
  saltId: provision.saltId,
  peerGuid: provision.peerGuid,
  tokenHash: provision.hash,
  connection,
});
