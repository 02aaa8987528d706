import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Received = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
};

/** A client's server on this machine, which records requests and answers with given statuses. */
export class RelyingParty implements AsyncDisposable {
  readonly received: Received[] = [];
  /** The statuses of the next answers by path, and 200 after them. */
  readonly answers = new Map<string, number[]>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://client');
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const form = new URLSearchParams(Buffer.concat(parts).toString());
        const { pathname: path, searchParams: query } = url;
        this.received.push({ method: request.method ?? '', path, query, form });
        const status = this.answers.get(path)?.shift() ?? 200;
        response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Client</h1>');
      });
    });
  }

  static async listen(): Promise<RelyingParty> {
    const party = new RelyingParty();
    await new Promise<void>((resolve) => {
      party.#server.listen(0, '127.0.0.1', resolve);
    });
    return party;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  at(path: string): readonly Received[] {
    return this.received.filter((one) => one.path === path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await Promise.resolve();
  }
}
