import { DurableObject } from 'cloudflare:workers';

import type { Clock, Millis } from '../../shared/clock.ts';
import { rpc } from '../../shared/contracts/bindings.ts';
import type { ClientEvent } from '../../shared/contracts/connect/client-event.ts';
import type { RolesChanged, SessionEndReason } from '../../shared/contracts/connect/connect-rpc.ts';
import type {
  BindOutcome,
  ConnectionView,
  Discovered,
  HubCallRpc,
  HubEndingRpc,
  HubManifestRpc,
  HubPeerRpc,
  HubPresenceRpc,
  HubPublishRpc,
  HubQuestionRpc,
  HubShortcutRpc,
  NamedCall,
  NamedCallOutcome,
  Peer,
  PeerMessage,
  Published,
  Question,
  QuestionOutcome,
  ShortcutBinding,
  ShortcutRevocation,
} from '../../shared/contracts/connect/hub-rpc.ts';
import {
  CORRELATION_HEADER,
  type SessionPrincipal,
} from '../../shared/contracts/edge/principal.ts';
import type { ErrorCode } from '../../shared/contracts/http/error-codes.ts';
import { problemResponse } from '../../shared/http/problem.ts';
import { CloseCode } from '../../shared/hub-protocol/close-codes.ts';
import { migrate } from '../../shared/sql/migrate.ts';
import { consoleLog } from '../../shared/telemetry/log.ts';
import type { HubEnv } from './hub-config.ts';
import { migrations } from './hub-schema.ts';
import { identify, readUpgradeRequest, switchingProtocols } from './lifecycle/identify.ts';
import type { Opened } from './lifecycle/open-connection.ts';
import type { Stream } from './streams/stream.ts';
import { type HubParts, wireHub } from './wiring.ts';

/**
 * One shard of the hub, `hub:<region>:<n>`: the sockets of many sessions.
 *
 * Sockets hibernate, so what is kept of a connection is in its attachment, in SQLite, or can be
 * computed again. Only what is under way is in memory, and it keeps the object there.
 */
export class HubObject
  extends DurableObject<HubEnv>
  implements
    Pick<HubEndingRpc, 'supersede' | 'drain'>,
    HubPublishRpc,
    HubQuestionRpc,
    HubPeerRpc,
    HubPresenceRpc,
    HubCallRpc,
    HubManifestRpc,
    HubShortcutRpc
{
  readonly #clock: Clock = () => Date.now();
  readonly #parts: HubParts;

  constructor(ctx: DurableObjectState, env: HubEnv) {
    super(ctx, env);
    // The connect Worker chooses the names of hubs: no client makes one up, so each may allocate.
    migrate(ctx.storage, migrations);
    // Answered by the runtime, so keep-alives do not wake the object.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
    this.#parts = wireHub(ctx, env, this.#clock);
  }

  /** Opens a connection. Only the connect Worker reaches a hub, and `edge` has judged the token. */
  override async fetch(request: Request): Promise<Response> {
    const { reception, sweeper, manifests } = this.#parts;
    const knock = readUpgradeRequest(request);
    if (!knock.ok) return refusal(knock.error, request);
    const upgrade = await identify(knock.value, { ...this.#parts, clock: this.#clock });
    if (!upgrade.ok) return refusal(upgrade.error, request);
    const opened = await reception.open(upgrade.value);
    if (!opened.ok) return refusal(opened.error, request);

    this.#supersedeOlder(opened.value);
    const { connection, manifestHash } = opened.value;
    manifests.recheck(connection, manifestHash);
    await sweeper.watch(connection);
    return switchingProtocols(opened.value.client, upgrade.value.subprotocol);
  }

  /** Returns before the message is served, so that the next one can be read. */
  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    const connection = this.#parts.connections.of(socket);
    if (connection === undefined) socket.close(CloseCode.restart, 'unknown connection');
    else if (!connection.state.closed) this.#parts.receiver.receive(connection, message);
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    this.#lost(socket);
    // The runtime does not answer the Close frame of a hibernating socket; the client waits for it.
    // 1005, 1006 and 1015 stand for there being none to answer with (RFC 6455 §7.4.1).
    if (socket.readyState !== WebSocket.CLOSING || code === 1006 || code === 1015) return;
    socket.close(code === 1005 ? 1000 : code, reason);
  }

  override webSocketError(socket: WebSocket): void {
    this.#lost(socket);
  }

  /** Closes the connections of these sessions. Idempotent. Returns how many it closed. */
  endSessions(sessionIds: readonly string[], reason: SessionEndReason): number {
    const { openings, connections, farewell } = this.#parts;
    for (const sessionId of sessionIds) openings.endSession(sessionId);
    const ended = sessionIds.flatMap((sessionId) => connections.ofSession(sessionId));
    for (const connection of ended) farewell.end(connection, reason);
    const sessions = new Set(sessionIds);
    this.#endStreams(({ principal }) => sessions.has(principal.sessionId));
    return ended.length;
  }

  // oxlint-disable-next-line typescript/require-await -- an RPC method
  async supersede(connectionId: string): Promise<boolean> {
    const { openings, connections, farewell } = this.#parts;
    const isOpening = openings.supersede(connectionId);
    const older = connections.byId(connectionId);
    if (older !== undefined) farewell.end(older, 'superseded');
    this.#endStreams((stream) => stream.connectionId === connectionId);
    return isOpening || older !== undefined;
  }

  /** Asks every client to come back, at some time in `over`. Returns how many were asked. */
  async drain(over: Millis): Promise<number> {
    const { connections, farewell } = this.#parts;
    const asked = connections.all();
    for (const [index, connection] of asked.entries()) {
      const retryAfter = Math.round((over * index) / asked.length);
      await farewell.interrupt(connection, 'server_shutdown', retryAfter);
    }
    return asked.length;
  }

  /** Tells clients something. Durable once it resolves. */
  async publish(events: readonly ClientEvent[]): Promise<Published> {
    const published = this.#parts.publisher.publish(events);
    if (published.delivered + published.kept > 0) await this.#parts.sweeper.watchStreams();
    return published;
  }

  /** Asks a client something, and waits for its response. */
  ask(question: Question): Promise<QuestionOutcome> {
    return this.#parts.questions.ask(question);
  }

  /** Calls an endpoint by its name, for a session that asks over HTTP. */
  callByName(call: NamedCall): Promise<NamedCallOutcome> {
    return this.#parts.namedCalls.call(call);
  }

  // oxlint-disable-next-line typescript/require-await -- an RPC method
  async deliverToPeer(message: PeerMessage): Promise<boolean> {
    return this.#parts.peers.deliver(message);
  }

  // oxlint-disable-next-line typescript/require-await -- an RPC method
  async deliverToAll(message: PeerMessage): Promise<number> {
    return this.#parts.peers.deliverToAll(message);
  }

  // oxlint-disable-next-line typescript/require-await -- an RPC method
  async peersOf(sessionIds: readonly string[]): Promise<readonly Peer[]> {
    return this.#parts.presence.peersOf(sessionIds);
  }

  // oxlint-disable-next-line typescript/require-await -- an RPC method
  async holding(sessionIds: readonly string[]): Promise<readonly string[]> {
    return this.#parts.presence.holding(sessionIds);
  }

  // oxlint-disable-next-line typescript/require-await -- an RPC method
  async connectionsOf(subject: string): Promise<readonly ConnectionView[]> {
    return this.#parts.presence.connectionsOf(subject);
  }

  /** Puts the connections of a user under changed roles. */
  rolesChanged(change: RolesChanged): Promise<number> {
    return this.#parts.standing.rolesChanged(change);
  }

  /** Services have changed: tells those whose list has changed. */
  catalogueChanged(): Promise<void> {
    return this.#parts.manifests.catalogueChanged();
  }

  /** What a session may call, as its manifest says it. */
  discover(principal: SessionPrincipal): Promise<Discovered> {
    return this.#parts.discovery.discover(principal);
  }

  bindShortcut(binding: ShortcutBinding): Promise<BindOutcome> {
    return this.#parts.shortcuts.bind(binding);
  }

  revokeShortcuts(revocation: ShortcutRevocation): Promise<number> {
    return this.#parts.shortcuts.revoke(revocation);
  }

  override async alarm(): Promise<void> {
    await this.#parts.sweeper.fire();
  }

  /** Closes the older connections of the session, wherever they are. */
  #supersedeOlder({ registered }: Opened): void {
    for (const { shard, connectionId } of registered.superseded) {
      this.ctx.waitUntil(this.#supersedeAt(shard, connectionId));
    }
  }

  async #supersedeAt(shard: string, connectionId: string): Promise<void> {
    if (shard === this.ctx.id.name) return void (await this.supersede(connectionId));
    try {
      await rpc<Pick<HubEndingRpc, 'supersede'>>(this.env.HUBS.getByName(shard)).supersede(
        connectionId,
      );
    } catch (error) {
      consoleLog({ event: 'hub.supersede_failed', level: 'error', error: String(error) });
    }
  }

  #lost(socket: WebSocket): void {
    const connection = this.#parts.connections.of(socket);
    if (connection !== undefined) this.#parts.farewell.lost(connection);
  }

  #endStreams(matches: (stream: Stream) => boolean): void {
    const { streams, entries } = this.#parts;
    for (const ended of streams.endWhere(matches)) entries.remove(ended);
  }
}

function refusal(code: ErrorCode, { url, headers }: Request): Response {
  const correlationId = headers.get(CORRELATION_HEADER) ?? '';
  return problemResponse({ code, options: {} }, { correlationId, instance: new URL(url).pathname });
}
