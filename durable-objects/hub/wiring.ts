/**
 * Puts a hub together: which part needs which.
 *
 * @module
 */

import type { Clock } from '../../shared/clock.ts';
import { type DirectoryRpc, directoryName } from '../../shared/contracts/connect-rpc.ts';
import type { HubPeerRpc } from '../../shared/contracts/hub-rpc.ts';
import type { IdentityRpc } from '../../shared/contracts/identity-rpc.ts';
import type { KeysRpc } from '../../shared/contracts/keys-rpc.ts';
import type { SessionPrincipal } from '../../shared/contracts/principal.ts';
import { REGISTRY_NAME, type RegistryRpc } from '../../shared/contracts/registry-rpc.ts';
import { rpc } from '../../shared/contracts/rpc.ts';
import type { RequestFrame } from '../../shared/hub-protocol/frame.ts';
import { importSalt } from '../../shared/hub-protocol/service-guid.ts';
import { consoleLog as log } from '../../shared/telemetry/log.ts';
import { AnswerStore } from './calls/answer-store.ts';
import { Dispatcher } from './calls/dispatcher.ts';
import { hubServices } from './calls/hub-services.ts';
import { Receiver } from './calls/receiver.ts';
import { SessionEndpoints } from './catalogue/session-endpoints.ts';
import type { Attachment } from './connections/attachment.ts';
import type { Connection } from './connections/connection.ts';
import { Connections } from './connections/connections.ts';
import { CurrentRoles } from './connections/current-roles.ts';
import { Farewell } from './connections/farewell.ts';
import { Presence } from './connections/presence.ts';
import { Standing } from './connections/standing.ts';
import { Sweeper } from './connections/sweeper.ts';
import { type HubEnv, readSettings } from './hub-env.ts';
import { Enrolment } from './opening/enrolment.ts';
import { entryExpiry } from './opening/opening.ts';
import { Openings } from './opening/openings.ts';
import { Reception } from './opening/reception.ts';
import { PeerAddresses } from './peers/peer-addresses.ts';
import { Peers } from './peers/peers.ts';
import { Questions } from './questions/questions.ts';

export type HubParts = {
  readonly connections: Connections;
  readonly openings: Openings;
  readonly reception: Reception;
  readonly receiver: Receiver;
  readonly farewell: Farewell;
  readonly sweeper: Sweeper;
  readonly questions: Questions;
  readonly peers: Peers;
  readonly presence: Presence;
  readonly standing: Standing;
};

export function wireHub(ctx: DurableObjectState, env: HubEnv, clock: Clock): HubParts {
  const base = wireBase(ctx, env, clock);
  const { endpoints, connections, answers, directoryOf, waitUntil } = base;
  const openings = new Openings();
  const questions = new Questions({ connections, clock });

  const forget = (connection: Connection) => {
    const { connectionId, principal } = connection.state;
    const { sessionId } = principal;
    answers.forget(connectionId);
    receiver.forget(connectionId);
    questions.forget(connectionId);
    if (connections.ofSession(sessionId).length === 0) endpoints.forget(sessionId);
  };
  const farewell = new Farewell({ directoryOf, forget, waitUntil, clock, log });
  const lastPing = (socket: WebSocket) => ctx.getWebSocketAutoResponseTimestamp(socket);
  const { storage } = ctx;
  const sweeper = new Sweeper({ storage, answers, connections, farewell, lastPing, clock });
  const presence = new Presence({ ...base, lastPing });
  const peers = wirePeers(base);
  const dispatcher = wireDispatcher(base, sweeper, peers);
  const serve = (connection: Connection, frame: RequestFrame) =>
    dispatcher.serve(connection, frame);
  const answer = questions.answer.bind(questions);
  const receiver = new Receiver({ ...base, serve, answer, farewell });
  const reception = new Reception({ ...base, openings, accept });
  const standing = new Standing({ ...base, farewell });
  return {
    connections,
    openings,
    reception,
    receiver,
    farewell,
    sweeper,
    questions,
    peers,
    presence,
    standing,
  };

  function accept(attachment: Attachment): { connection: Connection; client: WebSocket } {
    const { 0: client, 1: server } = new WebSocketPair();
    return { connection: connections.accept(server, attachment), client };
  }
}

type Base = ReturnType<typeof wireBase>;

/** What everything else needs. */
function wireBase(ctx: DurableObjectState, env: HubEnv, clock: Clock) {
  const settings = readSettings(env);
  const identity = rpc<IdentityRpc>(env.IDENTITY_RPC);
  const shard = nameOf(ctx);
  // Asked for each time: a stub is of no use once it has thrown.
  const registry = () => rpc<RegistryRpc>(env.REGISTRIES.getByName(REGISTRY_NAME));
  const salt = importSalt(settings.salt);
  return {
    env,
    shard,
    registry,
    addresses: new PeerAddresses({ salt, hub: shard, registry, clock }),
    settings,
    limits: settings.limits,
    identity,
    keys: rpc<KeysRpc>(env.KEYS_RPC),
    directoryOf: (subject: string) =>
      rpc<DirectoryRpc>(env.DIRECTORIES.getByName(directoryName(subject))),
    answers: new AnswerStore(ctx.storage.sql),
    connections: new Connections(ctx),
    roles: new CurrentRoles(settings, clock),
    enrolment: new Enrolment(shard, registry),
    endpoints: new SessionEndpoints({ identity, registry, settings, clock }),
    waitUntil: (work: Promise<void>) => ctx.waitUntil(work),
    clock,
    log,
  };
}

function wirePeers({ env, shard, settings, connections, addresses, registry }: Base): Peers {
  return new Peers({
    hub: shard,
    broadcastMode: settings.broadcastMode,
    connections,
    addresses,
    hubs: () => registry().hubs(),
    hubAt: (name) => rpc<HubPeerRpc>(env.HUBS.getByName(name)),
  });
}

function wireDispatcher(base: Base, sweeper: Sweeper, peers: Peers): Dispatcher {
  const { identity, keys, roles, endpoints, answers, directoryOf } = base;
  const { waitUntil, clock } = base;
  const onReauthenticated = async (connection: Connection) => {
    const { connectionId, principal } = connection.state;
    await directoryOf(principal.subject).renew(connectionId, entryExpiry(principal.expiresAt));
    await sweeper.watch(connection);
  };
  const currentOf = async (principal: SessionPrincipal) =>
    roles.of(principal, await directoryOf(principal.subject).rolesChange());
  const authorities = { identity, keys };
  return new Dispatcher({
    endpointsOf: (principal) => endpoints.of(principal),
    peers,
    serviceOf: hubServices({ ...base, authorities, currentOf, onReauthenticated }),
    answers,
    onKept: () => waitUntil(sweeper.watchAnswers()),
    newId: () => crypto.randomUUID(),
    clock,
    log,
  });
}

function nameOf({ id }: DurableObjectState): string {
  if (id.name === undefined) throw new TypeError('Cannot serve: the hub was not addressed by name');
  return id.name;
}
