import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the server behind a proxy received it. */
export type Received = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

export type Answered = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** A server on this machine that records what it receives, and answers everything alike. */
export class Upstream implements AsyncDisposable {
  readonly received: Received[] = [];
  answer: Answered = { status: 200 };
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        this.received.push({ method, path: url, headers, body: Buffer.concat(parts).toString() });
        const { status, headers: sent = {}, body = 'from upstream' } = this.answer;
        response.writeHead(status, { 'content-type': 'text/plain', ...sent }).end(body);
      });
    });
  }

  static async listen(): Promise<Upstream> {
    const upstream = new Upstream();
    await new Promise<void>((listening) => {
      upstream.#server.listen(0, '127.0.0.1', listening);
    });
    return upstream;
  }

  /** `127.0.0.1` and its port. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }
}
