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
import type { Directory } from './directory.ts';
import { textOfBytes } from './frame-fields.ts';
import type { HubSocket, openSocket } from './hub-socket.ts';
import { type Replay, type SeenEvent, StreamCheck } from './stream-check.ts';
import { eventOf } from './summary.ts';
import { SignedOutError, type Token } from './token-source.ts';

/** The hub takes a client that says 1000 for gone for good, and any other for lost. */
const CLEAN = 1000;
/** Of the private range (RFC 6455 §7.4.2): a browser cannot cut a connection without a word. */
const DROP = 4900;

/** How a connection ended, or why there was none. */
export type Ending = 'disconnected' | 'dropped' | 'lost' | 'refused' | 'signed_out' | 'failed';

export type State =
  | { readonly name: 'idle' | 'connecting' | 'open' }
  | { readonly name: 'over'; readonly ending: Ending; readonly code: number };

export type LogEntry = {
  readonly direction: 'in' | 'out';
  readonly frame: Uint8Array | string;
};

export type InspectorPorts = {
  readonly connectUrl: string;
  readonly fetchToken: () => Promise<Token>;
  readonly openSocket: typeof openSocket;
  readonly now: () => number;
  readonly directory: Directory;
  readonly logged: (entry: LogEntry) => void;
  /** Something that is shown is not as it was. */
  readonly changed: () => void;
};

/** One client of the hub, which does nothing by itself but to keep the line alive. */
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
  #hasBegunAnew = false;

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

  /** What the last resumption has brought so far. `undefined`: the stream began with its connection. */
  get replay(): Replay | undefined {
    return this.#check.replay ?? this.#replay;
  }

  /** The last resumption came to nothing: the stream was gone. */
  get hasBegunAnew(): boolean {
    return this.#hasBegunAnew;
  }

  get canResume(): boolean {
    return this.#state.name === 'over' && this.#reconnectionToken !== undefined;
  }

  endpoint(service: string, endpoint: string): ManifestEntry | undefined {
    return this.#manifest?.availableApis.find(
      (one) => one.service === service && one.endpoint === endpoint,
    );
  }

  /** Begins a stream. */
  connect(): Promise<void> {
    return this.#open(async () => {
      this.#token = await this.#ports.fetchToken();
      this.#reconnectionToken = undefined;
      this.#wantsToResume = false;
      return { accessToken: this.#token.text, lastSequence: undefined };
    });
  }

  /** Goes on with the stream: with the reconnection token alone, while the access token lives. */
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
    this.#leave(CLEAN, 'disconnected');
  }

  drop(): void {
    this.#leave(DROP, 'dropped');
  }

  ping(): void {
    this.#send('ping');
  }

  /** @throws {TypeError} If a field does not fit into its frame. */
  call(request: CallRequest): Call {
    return this.#calls.call(request, this.#send);
  }

  /** Says that the answer to a call is not wanted any more. */
  cancel(messageId: bigint): void {
    const signal = this.endpoint('connect', 'POST:/connect/cancel');
    if (signal === undefined) return;
    const payload = utf8(JSON.stringify({ messageId: String(messageId) }));
    this.call({ guid: signal.serviceId, flags: Flag.event, channel: 0, payload });
    this.#calls.cancelled(messageId);
  }

  /** Puts the connection under a new access token. */
  async reauthenticate(): Promise<void> {
    const endpoint = this.endpoint('connect', 'POST:/connect/reauthenticate');
    if (endpoint === undefined) return;
    const token = await this.#ports.fetchToken();
    const payload = utf8(JSON.stringify({ accessToken: token.text }));
    const { answer } = this.call({ guid: endpoint.serviceId, flags: 0, channel: 0, payload });
    const answered = await answer;
    if (typeof answered === 'object' && answered.code === 0) this.#token = token;
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
      const ending = error instanceof SignedOutError ? 'signed_out' : 'failed';
      this.#enter({ name: 'over', ending, code: 0 });
    }
  }

  #listen(open: typeof openSocket, address: Parameters<typeof openSocket>[0]): void {
    const socket = open(address, {
      received: (frame) => socket === this.#socket && this.#receive(frame),
      closed: (code) => socket === this.#socket && this.#closed(code),
    });
    this.#socket = socket;
  }

  /** What comes after that is not heard: to the page the connection is over. */
  #leave(code: number, ending: Ending): void {
    this.#socket?.close(code);
    this.#end(ending, code);
  }

  #closed(code: number): void {
    this.#end(this.#state.name === 'connecting' ? 'refused' : 'lost', code);
  }

  #end(ending: Ending, code: number): void {
    this.#socket = undefined;
    this.#calls.end();
    this.#replay = this.#check.endReplay() ?? this.#replay;
    this.#enter({ name: 'over', ending, code });
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
    if (hasFlag(frame[0] ?? 0, Flag.response)) return this.#calls.answered(frame);
    const event = eventOf(frame);
    if (event === undefined) return;
    const sequence = new DataView(frame.buffer, frame.byteOffset).getUint32(3);
    this.#reconnectionToken = textOf(event['reconnectionToken']) ?? this.#reconnectionToken;
    const isManifest = event['eventName'] === 'connect.capability-manifest';
    if (isManifest) this.#take(event);
    if (isManifest && this.#state.name === 'connecting') this.#opened(event, sequence);
    else this.#check.take(seen(event, sequence));
  }

  #take(event: JsonObject): void {
    this.#manifest = readManifest(event, this.#manifest);
    this.#ports.directory.learn(this.#manifest);
  }

  #opened(event: JsonObject, sequence: number): void {
    const isResumed = event['resumed'] === true;
    this.#replay = undefined;
    this.#hasBegunAnew = this.#wantsToResume && !isResumed;
    if (isResumed) this.#check.resume(sequence);
    else this.#check.begin(sequence);
    this.#enter({ name: 'open' });
    if (isResumed) void this.#awaitReplay();
  }

  /** What was missed is sent before anything is answered: so the first answer is the end of it. */
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

function seen(event: JsonObject, sequence: number): SeenEvent {
  const [from, to] = [numberOf(event['fromSequence']), numberOf(event['toSequence'])];
  const isGap = event['eventName'] === 'connect.gap' && from !== undefined && to !== undefined;
  return {
    sequence,
    eventId: textOf(event['eventId']),
    gap: isGap ? [from, to] : undefined,
  };
}

/** What a meta request was answered with: `data` of its payload. */
export function describedBy(payload: Uint8Array): unknown {
  const answer = parseJson(textOfBytes(payload) ?? '');
  return isObject(answer) ? answer['data'] : undefined;
}
