/**
 * Puts a hub together: each part is given by name what it needs.
 *
 * @module
 */

import type { Clock } from '../../shared/clock.ts';
import { rpc } from '../../shared/contracts/bindings.ts';
import { type DirectoryRpc, directoryName } from '../../shared/contracts/connect/connect-rpc.ts';
import type { HubEndingRpc, HubPeerRpc } from '../../shared/contracts/connect/hub-rpc.ts';
import { QUEUE_NAME, type QueueSeatsRpc } from '../../shared/contracts/connect/queue-rpc.ts';
import { REGISTRY_NAME, type RegistryRpc } from '../../shared/contracts/connect/registry-rpc.ts';
import type { SessionPrincipal } from '../../shared/contracts/edge/principal.ts';
import type { IdentityRpc } from '../../shared/contracts/identity/identity-rpc.ts';
import type { KeysRpc } from '../../shared/contracts/keys/keys-rpc.ts';
import { consoleLog as log } from '../../shared/telemetry/log.ts';
import { importConnectSalts } from '../../shared/tokens/connect-salts.ts';
import { AnswerStore } from './calls/answer-store.ts';
import { CallQueues } from './calls/call-queue.ts';
import { ControlRequests } from './calls/control-requests.ts';
import { Dispatcher } from './calls/dispatch.ts';
import { NamedCalls } from './calls/named-calls.ts';
import { reauthenticationOf } from './calls/reauthenticate.ts';
import { FrameOrder, Receiver } from './calls/receive.ts';
import { servicesOf } from './calls/services/services.ts';
import { CatalogueReader } from './catalogue/catalogue-reader.ts';
import { readAllEndpoints } from './catalogue/read-endpoints.ts';
import { SessionEndpoints } from './catalogue/session-endpoints.ts';
import { Connections } from './connections/connections.ts';
import { controlEventSender } from './connections/control-events.ts';
import { compressing, uncompressed } from './frames/compression.ts';
import { SessionRates } from './frames/rates.ts';
import { type HubEnv, readHubSettings } from './hub-config.ts';
import { StreamAttacher } from './lifecycle/attach-stream.ts';
import { ConnectionCloser } from './lifecycle/close-connection.ts';
import { DirectoryEntries } from './lifecycle/directory-entries.ts';
import { SessionEnder } from './lifecycle/end-session.ts';
import { ConnectionOpener, HubRegistration, PendingOpenings } from './lifecycle/open-connection.ts';
import { Presence } from './lifecycle/presence.ts';
import { QueueSeats } from './lifecycle/queue-seats.ts';
import { CurrentRoles, RoleChanges } from './lifecycle/role-changes.ts';
import { SlowClients } from './lifecycle/slow-clients.ts';
import { UsedTicketStore } from './lifecycle/used-ticket-store.ts';
import { ListStore } from './manifests/list-store.ts';
import { ManifestWriter } from './manifests/manifest-writer.ts';
import { Manifests } from './manifests/manifests.ts';
import { PeerAddresses } from './messaging/peer-addresses.ts';
import { Peers } from './messaging/peers.ts';
import { Questions } from './messaging/questions.ts';
import { ShortcutStore } from './shortcuts/shortcut-store.ts';
import { Shortcuts } from './shortcuts/shortcuts.ts';
import { LogStore } from './streams/log-store.ts';
import { LOG_LIMIT, Publisher } from './streams/publisher.ts';
import { StreamStore } from './streams/stream-store.ts';
import { streamTable } from './streams/stream-table.ts';
import { Streams } from './streams/streams.ts';
import { Sweeper } from './sweeper.ts';

/** The parts that the object's methods use. */
export type HubParts = {
  /** `client_id` of the deployment's own tokens. */
  readonly ownClientId: string;
  readonly tickets: UsedTicketStore;
  readonly connections: Connections;
  readonly streams: Streams;
  readonly publisher: Publisher;
  readonly opener: ConnectionOpener;
  readonly closer: ConnectionCloser;
  readonly sessions: SessionEnder;
  readonly roleChanges: RoleChanges;
  readonly presence: Presence;
  readonly receiver: Receiver;
  readonly namedCalls: NamedCalls;
  readonly peers: Peers;
  readonly questions: Questions;
  readonly manifests: Manifests;
  readonly shortcuts: Shortcuts;
  readonly sweeper: Sweeper;
};

// oxlint-disable-next-line max-lines-per-function -- a list without branches, read from top to bottom
export function wireHub(ctx: DurableObjectState, env: HubEnv, clock: Clock): HubParts {
  const hub = nameOf(ctx);
  const settings = readHubSettings(env);
  const { limits, issuer, audience, algorithms, allowLoopback, ownClientId } = settings;
  const { broadcastMode, compression, reconnectionWindow: window } = settings;
  const { storage } = ctx;
  const waitUntil = (work: Promise<void>) => ctx.waitUntil(work);
  const lastPing = (socket: WebSocket) => ctx.getWebSocketAutoResponseTimestamp(socket);

  // Other objects and Workers. A stub that has thrown is of no use, so it is got anew for each call.
  const identity = rpc<IdentityRpc>(env.IDENTITY_RPC);
  const keys = rpc<KeysRpc>(env.KEYS_RPC);
  const registry = () => rpc<RegistryRpc>(env.REGISTRIES.getByName(REGISTRY_NAME));
  const queue = () => rpc<QueueSeatsRpc>(env.QUEUES.getByName(QUEUE_NAME));
  const directoryOf = (subject: string) =>
    rpc<DirectoryRpc>(env.DIRECTORIES.getByName(directoryName(subject)));
  const hubAt = (name: string) =>
    rpc<HubPeerRpc & Pick<HubEndingRpc, 'supersede'>>(env.HUBS.getByName(name));

  // Connections and streams.
  const compress = compression === undefined ? uncompressed : compressing(compression);
  const onBehind = () => waitUntil(sweeper.watchSlowClients());
  const connections = new Connections(ctx, { clock, compress, onBehind });
  const rates = new SessionRates(clock);
  const entries = new DirectoryEntries({ directoryOf, waitUntil, log });
  const onLost = () => waitUntil(sweeper.watchStreams());
  const stores = { streams: new StreamStore(storage.sql), log: new LogStore(storage.sql) };
  const table = streamTable({
    stores,
    connections: () => connections.all(),
    onOrphans: (orphans) => {
      for (const orphan of orphans) entries.extend(orphan, clock() + window);
      onLost();
    },
    clock,
  });
  const transact = (write: () => void) => storage.transactionSync(write);
  const streams = new Streams({ table, stores, transact, window, clock });
  const publisher = new Publisher({
    table,
    stores,
    transact,
    logLimit: LOG_LIMIT,
    compress,
    clock,
  });
  const positionOf = (sessionId: string) => streams.positionOf(sessionId);
  const sendControlEvent = controlEventSender(positionOf);

  // Catalogue, manifests and shortcuts.
  const salts = importConnectSalts(settings.salts);
  const saltIdOf = (sessionId: string) => streams.find(sessionId)?.saltId;
  const roles = new CurrentRoles({ ownClientId, directoryOf, clock });
  const withCurrentRoles = (principal: SessionPrincipal) => roles.lookUp(principal);
  const catalogue = new CatalogueReader({
    read: () => readAllEndpoints({ identity, registry, log }),
    ownClientId,
    onChange: () => waitUntil(manifests.updateAll(connections.all(), 'service_update')),
    clock,
  });
  const endpoints = new SessionEndpoints({ catalogue, salts, saltIdOf });
  const lists = new ListStore(storage.sql);
  const shortcutStore = new ShortcutStore(storage.sql);
  const writer = new ManifestWriter({
    catalogue,
    endpoints,
    lists,
    shortcuts: shortcutStore,
    salts,
    limits,
    clock,
  });
  const manifests: Manifests = new Manifests({
    writer,
    catalogue,
    lists,
    connections,
    saltIdOf,
    withCurrentRoles,
    sendControlEvent,
    waitUntil,
    log,
  });
  const shortcuts = new Shortcuts({
    store: shortcutStore,
    holds: (sessionId) => streams.find(sessionId) !== undefined,
    salts,
    saltIdOf,
    ownClientId,
    catalogue,
    onChange: (sessionId, change) => manifests.shortcutsChanged(sessionId, change),
    schedule: (at) => sweeper.watchShortcuts(at),
    clock,
  });

  // Messages between clients, and questions to them.
  const addresses = new PeerAddresses({ salts, hub, registry, clock });
  const peers = new Peers({
    hub,
    broadcastMode,
    connections,
    addresses,
    positionOf,
    hubs: () => registry().hubs(),
    hubAt,
  });
  const questions = new Questions({ connections, positionOf, clock });

  // The life of a connection.
  const answers = new AnswerStore(storage.sql);
  const seats = new QueueSeats({ queue, waitUntil, log });
  const closer = new ConnectionCloser({
    hub,
    salts,
    connections,
    streams,
    entries,
    answers,
    questions,
    rates,
    seats,
    endpoints,
    sendControlEvent,
    onLost,
    window,
    clock,
  });
  const openings = new PendingOpenings();
  const tickets = new UsedTicketStore(storage.sql);
  const registration = new HubRegistration({ hub, registry });
  const attacher = new StreamAttacher({
    hub,
    salts,
    streams,
    addresses,
    connections,
    rates,
    entries,
    closer,
    seats,
    tickets,
    window,
    clock,
  });
  const opener = new ConnectionOpener({
    hub,
    openings,
    registration,
    writer,
    identity,
    roles,
    directoryOf,
    attacher,
    clock,
    log,
  });
  const sessions = new SessionEnder({
    hub,
    openings,
    connections,
    closer,
    streams,
    entries,
    hubAt,
    waitUntil,
    log,
  });
  const slowClients = new SlowClients({ connections, streams, closer, lastPing, clock });
  const roleChanges = new RoleChanges({ connections, streams, roles, closer, manifests });
  const presence = new Presence({ hub, connections, streams, lastPing });
  const sweeper: Sweeper = new Sweeper({
    storage,
    answers,
    connections,
    streams,
    entries,
    closer,
    slowClients,
    shortcuts,
    lastPing,
    clock,
  });

  // Calls.
  const serviceOf = servicesOf({
    identity: env.IDENTITY,
    keys,
    issuer,
    allowLoopback,
    clock,
    log,
  });
  const reauthentication = reauthenticationOf({
    identity,
    keys,
    tokens: { issuer, audience, algorithms },
    ownClientId,
    withCurrentRoles,
    streams,
    seats,
    entries,
    watch: (connection) => sweeper.watch(connection),
    manifests,
    clock,
  });
  const dispatcher = new Dispatcher({
    endpoints,
    shortcuts,
    serviceOf,
    reauthentication,
    peers,
    answers,
    onRecorded: () => waitUntil(sweeper.watchAnswers()),
    newId: () => crypto.randomUUID(),
    clock,
    log,
  });
  const queues = new CallQueues(limits.maxInFlight);
  const receiver = new Receiver({
    limits,
    slowClients,
    frameOrder: new FrameOrder({ endpoints, log }),
    controlRequests: new ControlRequests({ queues, slowClients, limits }),
    queues,
    dispatcher,
    questions,
    closer,
    sendControlEvent,
    waitUntil,
    clock,
  });
  const namedCalls = new NamedCalls({ registration, withCurrentRoles, endpoints, serviceOf });

  return {
    ownClientId,
    tickets,
    connections,
    streams,
    publisher,
    opener,
    closer,
    sessions,
    roleChanges,
    presence,
    receiver,
    namedCalls,
    peers,
    questions,
    manifests,
    shortcuts,
    sweeper,
  };
}

function nameOf({ id }: DurableObjectState): string {
  if (id.name === undefined) throw new TypeError('Cannot serve: the hub was not addressed by name');
  return id.name;
}
