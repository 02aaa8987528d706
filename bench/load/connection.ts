import { connect, type Socket } from 'node:net';
import { type Answer, ResponseReader } from './response.ts';

/** One keep-alive HTTP/1.1 connection to this machine, without pipelining. */
export class Connection {
  readonly #socket: Socket;
  readonly #reader = new ResponseReader();
  onAnswer: (answer: Answer) => void = () => {};
  onLost: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (text: string) => {
      const answer = this.#reader.push(text);
      if (answer !== undefined) this.onAnswer(answer);
    });
    socket.on('error', () => {}); // 'close' follows, and is counted.
    socket.on('close', () => {
      this.onLost();
    });
  }

  static async open(port: number): Promise<Connection> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      resolve(undefined);
    }).once('error', reject);
    await promise;
    return new Connection(socket);
  }

  send(request: string): void {
    this.#socket.write(request, 'latin1');
  }

  close(): void {
    this.onLost = () => {};
    this.#socket.destroy();
  }
}
