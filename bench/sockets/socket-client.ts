import { connect, type Socket } from 'node:net';
import { rawRequest } from '../load/raw-request.ts';
import { clientFrame, FrameReader, type Message, Opcode } from './frame.ts';

export type Upgrade = {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** The read buffer of all sockets, because each chunk is processed before the next is read. */
const READ_BUFFER = Buffer.alloc(65_536);
const HEAD_END = '\r\n\r\n';

const HANDSHAKE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** The server refused the upgrade. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;

  constructor(head: string) {
    super(`Cannot open a socket: ${head.slice(0, 600)}`);
    this.status = Number(head.slice(9, 12));
  }
}

/** A WebSocket to this machine, of which one process can have thousands. */
export class SocketClient {
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  #head: string | undefined = '';
  readonly #opened = Promise.withResolvers<undefined>();
  /** The payload is a view, valid during the call only. */
  onMessage: (message: Message) => void = () => {};
  /** Is called once, with the close code if there was one, and not after {@link close}. */
  onLost: (code: number | undefined) => void = () => {};
  #code: number | undefined;

  constructor(upgrade: Upgrade) {
    const onread = { buffer: READ_BUFFER, callback: (size: number) => this.#read(size) };
    this.#socket = connect({ port: upgrade.port, host: '127.0.0.1', noDelay: true, onread });
    this.#socket.write(rawRequest('GET', upgrade.path, { ...HANDSHAKE, ...upgrade.headers }));
    this.#socket.on('error', () => {}); // 'close' follows.
    this.#socket.once('close', () => {
      this.#opened.reject(new Error('Cannot open a socket: the connection was lost'));
      if (this.#head === undefined) this.onLost(this.#code);
    });
  }

  /** Rejects with {@link Refused} if the server does not switch protocols. */
  get opened(): Promise<undefined> {
    return this.#opened.promise;
  }

  send(message: Message): void {
    this.#socket.write(clientFrame(message));
  }

  /** Ends the connection at once, without a Close frame. */
  close(): void {
    this.onLost = () => {};
    this.#socket.destroy();
  }

  #read(size: number): boolean {
    const chunk = READ_BUFFER.subarray(0, size);
    if (this.#head === undefined) this.#readFrames(chunk);
    else this.#readHead(chunk);
    return true;
  }

  #readHead(chunk: Buffer): void {
    const head = `${this.#head}${chunk.toString('latin1')}`;
    const end = head.indexOf(HEAD_END);
    this.#head = head;
    if (end === -1) return;
    if (!head.startsWith('HTTP/1.1 101')) return this.#refuse(head);
    this.#head = undefined;
    this.#opened.resolve(undefined);
    this.#readFrames(Buffer.from(head.slice(end + HEAD_END.length), 'latin1'));
  }

  #refuse(head: string): void {
    this.#opened.reject(new Refused(head));
    this.#socket.destroy();
  }

  #readFrames(bytes: Buffer): void {
    this.#reader.push(bytes, (message) => {
      if (message.opcode === Opcode.ping) this.send({ ...message, opcode: Opcode.pong });
      else if (message.opcode === Opcode.close) this.#closed(message.payload);
      else this.onMessage(message);
    });
  }

  #closed(payload: Buffer): void {
    this.#code = payload.length < 2 ? undefined : payload.readUInt16BE(0);
    this.#socket.destroy();
  }
}
