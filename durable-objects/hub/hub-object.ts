import { DurableObject } from 'cloudflare:workers';

import type { Clock, Millis } from '../../shared/clock.ts';
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
import { CONNECT_SCOPE } from '../../shared/contracts/identity/oauth-terms.ts';
import { insufficientScopeProblem } from '../../shared/http/bearer-challenge.ts';
import { problemResponse } from '../../shared/http/problem.ts';
import { CloseCode } from '../../shared/hub-protocol/close-codes.ts';
import { migrate } from '../../shared/sql/migrate.ts';
import type { HubEnv } from './hub-config.ts';
import { migrations } from './hub-schema.ts';
import { identify, readUpgradeRequest, switchingProtocols } from './lifecycle/identify.ts';
import { type HubParts, wireHub } from './wiring.ts';

/**
 * One hub, `hub:<region>:<n>`: the sockets of many sessions.
 *
 * Sockets hibernate, so what the hub holds of a connection is in its attachment, in SQLite, or can be
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
    // The connect Worker chooses the names of hubs, so no client can allocate one by a made-up name.
    migrate(ctx.storage, migrations);
    // Answered by the runtime, so keep-alives do not wake the object.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
    this.#parts = wireHub(ctx, env, this.#clock);
  }

  /** Opens a connection. Only the connect Worker reaches a hub, and `edge` has verified the token. */
  override async fetch(request: Request): Promise<Response> {
    const { streams, tickets, opener, sessions, manifests, sweeper, ownClientId } = this.#parts;
    const upgrade = readUpgradeRequest(request);
    if (!upgrade.ok) return refusal(upgrade.error, request);
    const needs = { streams, tickets, ownClientId, clock: this.#clock };
    const identified = await identify(upgrade.value, needs);
    if (!identified.ok) return refusal(identified.error, request);
    const opened = await opener.open(identified.value);
    if (!opened.ok) return refusal(opened.error, request);

    const { connection, client, superseded, manifestHash } = opened.value;
    sessions.supersedeAll(superseded);
    manifests.recheck(connection, manifestHash);
    await sweeper.watch(connection);
    return switchingProtocols(client, identified.value.subprotocol);
  }

  /** Returns before the message is served, so that the next one can be read. */
  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    const connection = this.#parts.connections.ofSocket(socket);
    if (connection === undefined) socket.close(CloseCode.restart, 'unknown connection');
    else if (!connection.state.closed) this.#parts.receiver.receive(connection, message);
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    this.#lost(socket);
    // The runtime does not answer the Close frame of a hibernating socket; the client waits for it.
    // 1005, 1006 and 1015 mean that there was no code to answer with (RFC 6455 §7.4.1).
    if (socket.readyState !== WebSocket.CLOSING || code === 1006 || code === 1015) return;
    socket.close(code === 1005 ? 1000 : code, reason);
  }

  override webSocketError(socket: WebSocket): void {
    this.#lost(socket);
  }

  override async alarm(): Promise<void> {
    await this.#parts.sweeper.fire();
  }

  /** Closes the connections of these sessions. Idempotent. Returns how many it closed. */
  endSessions(sessionIds: readonly string[], reason: SessionEndReason): number {
    return this.#parts.sessions.endSessions(sessionIds, reason);
  }

  // oxlint-disable-next-line typescript/require-await -- an RPC method
  async supersede(connectionId: string): Promise<boolean> {
    return this.#parts.sessions.supersede(connectionId);
  }

  /** Closes every connection, and asks the clients to come back within `over`. Returns how many. */
  drain(over: Millis): Promise<number> {
    return this.#parts.closer.drain(over);
  }

  /** Sends events to clients. They are durable once it resolves. */
  async publish(events: readonly ClientEvent[]): Promise<Published> {
    const published = this.#parts.publisher.publish(events);
    if (published.delivered + published.kept > 0) await this.#parts.sweeper.watchStreams();
    return published;
  }

  /** Asks a client, and waits for its response. */
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
    return this.#parts.roleChanges.apply(change);
  }

  /** Sends the clients whose endpoints have changed their manifests again. */
  catalogueChanged(): Promise<void> {
    return this.#parts.manifests.catalogueChanged();
  }

  /** What a session may call. */
  discover(principal: SessionPrincipal): Promise<Discovered> {
    return this.#parts.manifests.discover(principal);
  }

  bindShortcut(binding: ShortcutBinding): Promise<BindOutcome> {
    return this.#parts.shortcuts.bind(binding);
  }

  revokeShortcuts(revocation: ShortcutRevocation): Promise<number> {
    return this.#parts.shortcuts.revoke(revocation);
  }

  #lost(socket: WebSocket): void {
    const connection = this.#parts.connections.ofSocket(socket);
    if (connection !== undefined) this.#parts.closer.lost(connection);
  }
}

function refusal(code: ErrorCode, { url, headers }: Request): Response {
  const correlationId = headers.get(CORRELATION_HEADER) ?? '';
  // The hub lacks no scope but this one.
  const problem =
    code === 'AUTH_SCOPE_INSUFFICIENT'
      ? insufficientScopeProblem(CONNECT_SCOPE)
      : { code, options: {} };
  return problemResponse(problem, { correlationId, instance: new URL(url).pathname });
}
