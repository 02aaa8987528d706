/**
 * Puts a hub together: which part needs which.
 *
 * @module
 */

import type { Clock, Millis } from '../../shared/clock.ts';
import { rpc } from '../../shared/contracts/bindings.ts';
import { type DirectoryRpc, directoryName } from '../../shared/contracts/connect/connect-rpc.ts';
import type { HubPeerRpc } from '../../shared/contracts/connect/hub-rpc.ts';
import { QUEUE_NAME, type QueueSeatsRpc } from '../../shared/contracts/connect/queue-rpc.ts';
import { REGISTRY_NAME, type RegistryRpc } from '../../shared/contracts/connect/registry-rpc.ts';
import type { SessionPrincipal } from '../../shared/contracts/edge/principal.ts';
import type { IdentityRpc } from '../../shared/contracts/identity/identity-rpc.ts';
import type { KeysRpc } from '../../shared/contracts/keys/keys-rpc.ts';
import { consoleLog as log } from '../../shared/telemetry/log.ts';
import { importConnectSalts } from '../../shared/tokens/connect-salts.ts';
import { newReconnectionToken } from '../../shared/tokens/reconnection-token.ts';
import { AnswerStore } from './calls/answer-store.ts';
import { CallQueues } from './calls/call-queue.ts';
import { ControlRequests } from './calls/control-requests.ts';
import { Dispatcher } from './calls/dispatch.ts';
import { NamedCalls } from './calls/named-calls.ts';
import { FrameOrder, Receiver } from './calls/receive.ts';
import { hubServices, servicesApart } from './calls/services/services.ts';
import type { Connection } from './connections/connection.ts';
import { Connections } from './connections/connections.ts';
import { controlEventSender } from './connections/control-events.ts';
import type { Attachment } from './frames/attachment.ts';
import { compressing, uncompressed } from './frames/compression.ts';
import { SessionRates } from './frames/rates.ts';
import { type HubEnv, readSettings } from './hub-config.ts';
import { type Accepted, StreamAttacher } from './lifecycle/attach-stream.ts';
import { ConnectionCloser } from './lifecycle/close-connection.ts';
import { DirectoryEntries } from './lifecycle/directory-entries.ts';
import { HubRegistration } from './lifecycle/hub-registration.ts';
import { ConnectionOpener, entryExpiry } from './lifecycle/open-connection.ts';
import { PendingOpenings } from './lifecycle/pending-openings.ts';
import { Presence } from './lifecycle/presence.ts';
import { QueueSeats } from './lifecycle/queue-seats.ts';
import { CurrentRoles, RoleChanges } from './lifecycle/role-changes.ts';
import { CatchUp, SlowClients } from './lifecycle/slow-clients.ts';
import { UsedTicketStore } from './lifecycle/used-ticket-store.ts';
import { Discovery, type Manifests } from './manifests/manifests.ts';
import { wireManifests } from './manifests/wire-manifests.ts';
import { PeerAddresses } from './messaging/peer-addresses.ts';
import { Peers } from './messaging/peers.ts';
import { Questions } from './messaging/questions.ts';
import type { Shortcuts } from './shortcuts/shortcuts.ts';
import { wireShortcuts } from './shortcuts/wire-shortcuts.ts';
import type { Publisher } from './streams/publisher.ts';
import type { Streams } from './streams/streams.ts';
import { wireStreams } from './streams/wire-streams.ts';
import { Sweeper } from './sweeper.ts';

export type HubParts = {
  readonly connections: Connections;
  readonly openings: PendingOpenings;
  readonly reception: ConnectionOpener;
  readonly receiver: Receiver;
  readonly farewell: ConnectionCloser;
  readonly sweeper: Sweeper;
  readonly questions: Questions;
  readonly peers: Peers;
  readonly presence: Presence;
  readonly namedCalls: NamedCalls;
  readonly standing: RoleChanges;
  readonly streams: Streams;
  readonly publisher: Publisher;
  readonly entries: DirectoryEntries;
  readonly tickets: UsedTicketStore;
  readonly shortcuts: Shortcuts;
  readonly discovery: Discovery;
  readonly manifests: Manifests;
};

export function wireHub(ctx: DurableObjectState, env: HubEnv, clock: Clock): HubParts {
  const onLost = () => ctx.waitUntil(sweeper.watchStreams());
  const onBehind = () => ctx.waitUntil(sweeper.watchLaggards());
  const base = wireBase(ctx, env, clock, { onLost, onBehind });
  const { endpoints, connections, answers, seats, streams } = base;
  const openings = new PendingOpenings();
  const questions = new Questions({ connections, streams, clock });
  const tickets = new UsedTicketStore(ctx.storage.sql);
  const rates = new SessionRates(clock);

  const forget = (connection: Connection) => {
    const { connectionId, principal, rate } = connection.state;
    const { sessionId } = principal;
    answers.forget(connectionId);
    questions.forget(connectionId);
    rates.keep(sessionId, rate);
    seats.leave(connection);
    if (connections.ofSession(sessionId).length === 0) endpoints.forget(sessionId);
  };
  const farewell = new ConnectionCloser({ ...base, forget, onLost });
  const lastPing = (socket: WebSocket) => ctx.getWebSocketAutoResponseTimestamp(socket);
  const { storage } = ctx;
  const expireShortcuts = (now: Millis) => shortcuts.expire(now);
  const laggards = new SlowClients({ ...base, farewell, lastPing });
  const sweeper = new Sweeper({
    ...base,
    storage,
    farewell,
    laggards,
    lastPing,
    expireShortcuts,
  });
  const shortcuts = wireShortcuts({ ...base, sweeper });
  const presence = new Presence({ ...base, lastPing });
  const peers = wirePeers(base);
  const dispatcher = wireDispatcher(base, sweeper, peers, shortcuts);
  const receiver = wireReceiver(base, { dispatcher, questions, farewell });
  const standing = new RoleChanges({ ...base, farewell });
  const accept = accepting(connections, rates);
  const attending = new StreamAttacher({ ...base, farewell, accept });
  const reception = new ConnectionOpener({ ...base, openings, attending });
  return {
    ...base,
    openings,
    reception,
    receiver,
    farewell,
    sweeper,
    questions,
    peers,
    presence,
    namedCalls: wireNamedCalls(base),
    standing,
    tickets,
    shortcuts,
    discovery: new Discovery(base),
  };
}

const accepting =
  (connections: Connections, rates: SessionRates) =>
  (attachment: Attachment): Accepted => {
    const { 0: client, 1: server } = new WebSocketPair();
    const { sessionId } = attachment.principal;
    // A session has one rate, however often it connects.
    const sent = connections.newestOf(sessionId)?.state.rate ?? rates.of(sessionId);
    const rate = sent ?? attachment.rate;
    return { connection: connections.accept(server, { ...attachment, rate }), client };
  };

type Base = ReturnType<typeof wireBase>;

type Watch = { readonly onLost: () => void; readonly onBehind: () => void };

/** What everything else needs. */
function wireBase(ctx: DurableObjectState, env: HubEnv, clock: Clock, watch: Watch) {
  const settings = readSettings(env);
  const identity = rpc<IdentityRpc>(env.IDENTITY_RPC);
  const shard = nameOf(ctx);
  // Asked for each time: a stub is of no use once it has thrown.
  const registry = () => rpc<RegistryRpc>(env.REGISTRIES.getByName(REGISTRY_NAME));
  const queue = () => rpc<QueueSeatsRpc>(env.QUEUES.getByName(QUEUE_NAME));
  const waitUntil = (work: Promise<void>) => ctx.waitUntil(work);
  const { compression } = settings;
  const compress = compression === undefined ? uncompressed : compressing(compression);
  const connections = new Connections(ctx, { clock, compress, onBehind: watch.onBehind });
  const window = settings.reconnectionWindow;
  const directoryOf = (subject: string) =>
    rpc<DirectoryRpc>(env.DIRECTORIES.getByName(directoryName(subject)));
  const entries = new DirectoryEntries({ directoryOf, waitUntil, log });
  const { streams, publisher } = wireStreams({
    storage: ctx.storage,
    connections: () => connections.all(),
    onOrphans: (orphans) => {
      for (const orphan of orphans) entries.extend(orphan, clock() + window);
      watch.onLost();
    },
    window,
    compress,
    clock,
  });
  const salts = importConnectSalts(settings.salts);
  const saltIdOf = (sessionId: string) => streams.find(sessionId)?.saltId;
  const keys = rpc<KeysRpc>(env.KEYS_RPC);
  const tell = controlEventSender(streams);
  const common = { settings, identity, registry, connections, salts, saltIdOf, tell, waitUntil };
  const timed = { ...common, clock, log };
  const roles = new CurrentRoles(settings, clock);
  return {
    ...timed,
    ...wireManifests(ctx.storage.sql, timed),
    env,
    shard,
    addresses: new PeerAddresses({ salts, hub: shard, registry, clock }),
    limits: settings.limits,
    keys,
    apart: servicesApart({ env, settings, keys, clock }),
    directoryOf,
    entries,
    answers: new AnswerStore(ctx.storage.sql),
    roles,
    /** A principal with the roles that its user has now. */
    currentOf: async (principal: SessionPrincipal) =>
      roles.of(principal, await directoryOf(principal.subject).rolesChange()),
    streams,
    catchUp: new CatchUp({ streams, clock }),
    publisher,
    window,
    newToken: async (sessionId: string) =>
      newReconnectionToken(await salts, { hub: shard, sessionId }),
    enrolment: new HubRegistration(shard, registry),
    seats: new QueueSeats({ queue, waitUntil, log }),
  };
}

type ReceiverParts = {
  readonly dispatcher: Dispatcher;
  readonly questions: Questions;
  readonly farewell: ConnectionCloser;
};

function wireReceiver(base: Base, { dispatcher, questions, farewell }: ReceiverParts): Receiver {
  const queues = new CallQueues(base.limits.maxInFlight);
  return new Receiver({
    ...base,
    turns: new FrameOrder({ endpointsOf: (principal) => base.endpoints.of(principal), log }),
    signals: new ControlRequests({ ...base, queues }),
    queues,
    serve: dispatcher.serve.bind(dispatcher),
    answer: questions.answer.bind(questions),
    farewell,
  });
}

function wirePeers(base: Base): Peers {
  const { env, shard, settings, registry } = base;
  return new Peers({
    ...base,
    hub: shard,
    broadcastMode: settings.broadcastMode,
    hubs: () => registry().hubs(),
    hubAt: (name) => rpc<HubPeerRpc>(env.HUBS.getByName(name)),
  });
}

function wireNamedCalls(base: Base): NamedCalls {
  const { enrolment, currentOf, endpoints, apart } = base;
  return new NamedCalls({
    enrolment,
    currentOf,
    endpointNamed: (principal, address) => endpoints.named(principal, address),
    serviceOf: apart,
  });
}

function wireDispatcher(
  base: Base,
  sweeper: Sweeper,
  peers: Peers,
  shortcuts: Shortcuts,
): Dispatcher {
  const { identity, keys, currentOf, endpoints, answers, directoryOf } = base;
  const { streams, seats, manifests, waitUntil, clock } = base;
  const onReauthenticated = async (connection: Connection) => {
    const { connectionId, principal } = connection.state;
    streams.renew(principal);
    seats.renew(connection);
    await directoryOf(principal.subject).renew(connectionId, entryExpiry(principal.expiresAt));
    await sweeper.watch(connection);
    manifests.updateLater(connection, 'session_update');
  };
  const authorities = { identity, keys };
  return new Dispatcher({
    endpointsOf: (principal) => endpoints.of(principal),
    shortcuts,
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
