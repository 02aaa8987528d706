import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy whose connections can be cut without a close frame, as by a network failure. */
export class CuttableProxy implements AsyncDisposable {
  /** The number of connections so far. */
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #refuses = false;

  private constructor(target: URL) {
    this.#server = createServer((near) => {
      if (this.#refuses) return near.destroy();
      this.connections += 1;
      const far = connect(Number(target.port), target.hostname);
      this.#join(near, far);
      return this.#join(far, near);
    });
  }

  static async start(target: string): Promise<CuttableProxy> {
    const proxy = new CuttableProxy(new URL(target));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** `http:`, without a path. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** Cuts all open connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Cuts all open connections, and refuses new ones until {@link mend}. */
  break(): void {
    this.#refuses = true;
    this.cut();
  }

  mend(): void {
    this.#refuses = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((closed) => this.#server.close(closed));
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.pipe(to);
    from.once('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    // `close` follows every error.
    from.on('error', () => {});
  }
}
