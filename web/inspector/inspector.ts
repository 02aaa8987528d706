import {
  isObject,
  type JsonObject,
  numberOf,
  parseJson,
  textOf,
} from '../../client/src/common/json.ts';
import { addressOf } from '../../client/src/hub/frame-socket.ts';
import { type Manifest, type ManifestEntry, readManifest } from '../../client/src/hub/manifest.ts';
import { utf8 } from '../../shared/bytes.ts';
import { Flag, hasFlag } from '../../shared/hub-protocol/frame.ts';
import { type Call, type CallRequest, Calls } from './calls.ts';
import { eventOf, textOfBytes } from './frame.ts';
import type { GuidNames } from './guid-names.ts';
import { type ReceivedEvent, type Replay, StreamCheck } from './stream-check.ts';
import { type HubSocket, type openSocket, SignedOutError, type Token } from './transport.ts';

/** After 1000 the hub ends the stream; after any other code it keeps it for a resumption. */
const NORMAL_CLOSURE = 1000;
/** A code for private use (RFC 6455 §7.4.2), because a browser cannot end a connection without one. */
const DROP = 4900;

/** Why a connection ended or was not opened. */
export type CloseReason = 'disconnected' | 'dropped' | 'lost' | 'refused' | 'signed_out' | 'failed';

export type State =
  | { readonly name: 'idle' | 'connecting' | 'open' }
  | { readonly name: 'closed'; readonly reason: CloseReason; readonly code: number };

export type LogEntry = {
  readonly direction: 'in' | 'out';
  readonly frame: Uint8Array | string;
};

export type InspectorPorts = {
  readonly connectUrl: string;
  readonly fetchToken: () => Promise<Token>;
  readonly openSocket: typeof openSocket;
  readonly now: () => number;
  readonly guidNames: GuidNames;
  readonly logged: (entry: LogEntry) => void;
  /** Is called after every change of what the page shows. */
  readonly changed: () => void;
};

/** One client of the hub, which sends only what its user asks for. */
export class Inspector {
  readonly #ports: InspectorPorts;
  readonly #calls = new Calls();
  readonly #check = new StreamCheck();
  #socket: HubSocket | undefined;
  #state: State = { name: 'idle' };
  #manifest: Manifest | undefined;
  #token: Token | undefined;
  #reconnectionToken: string | undefined;
  #replay: Replay | undefined;
  #wantsToResume = false;
  #hasLostStream = false;

  constructor(ports: InspectorPorts) {
    this.#ports = ports;
  }

  get state(): State {
    return this.#state;
  }

  get manifest(): Manifest | undefined {
    return this.#manifest;
  }

  get token(): Token | undefined {
    return this.#token;
  }

  /** The sequence of the last event. */
  get position(): number {
    return this.#check.position;
  }

  /** What the last resumption has replayed so far; `undefined` if the connection began the stream. */
  get replay(): Replay | undefined {
    return this.#check.replay ?? this.#replay;
  }

  /** Whether the last resumption failed because the hub no longer had the stream. */
  get hasLostStream(): boolean {
    return this.#hasLostStream;
  }

  get canResume(): boolean {
    return this.#state.name === 'closed' && this.#reconnectionToken !== undefined;
  }

  endpoint(service: string, endpoint: string): ManifestEntry | undefined {
    return this.#manifest?.availableApis.find(
      (one) => one.service === service && one.endpoint === endpoint,
    );
  }

  /** Connects and begins a stream. */
  connect(): Promise<void> {
    return this.#open(async () => {
      this.#token = await this.#ports.fetchToken();
      this.#reconnectionToken = undefined;
      this.#wantsToResume = false;
      return { accessToken: this.#token.text, lastSequence: undefined };
    });
  }

  /** Resumes the stream, by the reconnection token alone while the access token is valid. */
  resume(): Promise<void> {
    return this.#open(async () => {
      const lastSequence = this.#check.position;
      this.#wantsToResume = true;
      if (this.#isTokenFresh()) return { accessToken: undefined, lastSequence };
      this.#token = await this.#ports.fetchToken();
      return { accessToken: this.#token.text, lastSequence };
    });
  }

  disconnect(): void {
    this.#reconnectionToken = undefined;
    this.#close(NORMAL_CLOSURE, 'disconnected');
  }

  drop(): void {
    this.#close(DROP, 'dropped');
  }

  ping(): void {
    this.#send('ping');
  }

  /** @throws {TypeError} If a field does not fit into its frame. */
  call(request: CallRequest): Call {
    return this.#calls.call(request, this.#send);
  }

  /** Tells the hub that the answer to a call is no longer wanted. */
  cancel(messageId: bigint): void {
    const endpoint = this.endpoint('connect', 'POST:/connect/cancel');
    if (endpoint === undefined) return;
    const payload = utf8(JSON.stringify({ messageId: String(messageId) }));
    this.call({ guid: endpoint.serviceId, flags: Flag.event, channel: 0, payload });
    this.#calls.cancel(messageId);
  }

  /** Shows the hub a new access token. */
  async reauthenticate(): Promise<void> {
    const endpoint = this.endpoint('connect', 'POST:/connect/reauthenticate');
    if (endpoint === undefined) return;
    const token = await this.#ports.fetchToken();
    const payload = utf8(JSON.stringify({ accessToken: token.text }));
    const call = this.call({ guid: endpoint.serviceId, flags: 0, channel: 0, payload });
    const answer = await call.answer;
    if (typeof answer === 'object' && answer.code === 0) this.#token = token;
    this.#ports.changed();
  }

  async #open(opening: () => Promise<Credentials>): Promise<void> {
    this.#enter({ name: 'connecting' });
    try {
      const credentials = await opening();
      const address = addressOf({
        url: this.#ports.connectUrl,
        grant: undefined,
        manifestHash: undefined,
        reconnectionToken: this.#reconnectionToken,
        ...credentials,
      });
      this.#listen(this.#ports.openSocket, address);
    } catch (error) {
      const reason = error instanceof SignedOutError ? 'signed_out' : 'failed';
      this.#enter({ name: 'closed', reason, code: 0 });
    }
  }

  #listen(open: typeof openSocket, address: Parameters<typeof openSocket>[0]): void {
    const socket = open(address, {
      received: (frame) => socket === this.#socket && this.#receive(frame),
      closed: (code) => socket === this.#socket && this.#closed(code),
    });
    this.#socket = socket;
  }

  /** Closes the socket and ignores later events of it. */
  #close(code: number, reason: CloseReason): void {
    this.#socket?.close(code);
    this.#end(reason, code);
  }

  #closed(code: number): void {
    this.#end(this.#state.name === 'connecting' ? 'refused' : 'lost', code);
  }

  #end(reason: CloseReason, code: number): void {
    this.#socket = undefined;
    this.#calls.end();
    this.#replay = this.#check.endReplay() ?? this.#replay;
    this.#enter({ name: 'closed', reason, code });
  }

  readonly #send = (frame: Uint8Array<ArrayBuffer> | string): void => {
    this.#socket?.send(frame);
    this.#ports.logged({ direction: 'out', frame });
  };

  #receive(frame: Uint8Array | string): void {
    this.#ports.logged({ direction: 'in', frame });
    if (typeof frame !== 'string') this.#read(frame);
    this.#ports.changed();
  }

  #read(frame: Uint8Array): void {
    if (hasFlag(frame[0] ?? 0, Flag.response)) return this.#calls.receive(frame);
    const event = eventOf(frame);
    if (event === undefined) return;
    const sequence = new DataView(frame.buffer, frame.byteOffset).getUint32(3);
    this.#reconnectionToken = textOf(event['reconnectionToken']) ?? this.#reconnectionToken;
    const isManifest = event['eventName'] === 'connect.capability-manifest';
    if (isManifest) this.#readManifest(event);
    if (isManifest && this.#state.name === 'connecting') this.#opened(event, sequence);
    else this.#check.add(toReceivedEvent(event, sequence));
  }

  #readManifest(event: JsonObject): void {
    this.#manifest = readManifest(event, this.#manifest);
    this.#ports.guidNames.add(this.#manifest);
  }

  #opened(event: JsonObject, sequence: number): void {
    const isResumed = event['resumed'] === true;
    this.#replay = undefined;
    this.#hasLostStream = this.#wantsToResume && !isResumed;
    if (isResumed) this.#check.resume(sequence);
    else this.#check.begin(sequence);
    this.#enter({ name: 'open' });
    if (isResumed) void this.#awaitReplay();
  }

  /** The hub replays all missed events before it answers a call, so an answer ends the replay. */
  async #awaitReplay(): Promise<void> {
    const any = this.endpoint('echo', 'POST:/echo') ?? this.#manifest?.availableApis[0];
    if (any === undefined) return;
    const payload = new Uint8Array();
    await this.call({ guid: any.serviceId, flags: Flag.meta, channel: 0, payload }).answer;
    this.#replay = this.#check.endReplay() ?? this.#replay;
    this.#ports.changed();
  }

  #isTokenFresh(): boolean {
    return this.#token !== undefined && this.#ports.now() < this.#token.expiresAt;
  }

  #enter(state: State): void {
    this.#state = state;
    this.#ports.changed();
  }
}

type Credentials = {
  readonly accessToken: string | undefined;
  readonly lastSequence: number | undefined;
};

function toReceivedEvent(event: JsonObject, sequence: number): ReceivedEvent {
  const [from, to] = [numberOf(event['fromSequence']), numberOf(event['toSequence'])];
  const isGap = event['eventName'] === 'connect.gap' && from !== undefined && to !== undefined;
  return {
    sequence,
    eventId: textOf(event['eventId']),
    gap: isGap ? [from, to] : undefined,
  };
}

/** Returns `data` of the answer to a meta request. */
export function describedBy(payload: Uint8Array): unknown {
  const answer = parseJson(textOfBytes(payload) ?? '');
  return isObject(answer) ? answer['data'] : undefined;
}
