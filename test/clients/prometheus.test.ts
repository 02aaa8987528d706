import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createClient } from '../support/node/administered.ts';
import { eventually } from '../support/node/eventually.ts';
import { freePort } from '../support/node/instance.ts';
import { notRun } from '../support/node/not-run.ts';
import { issuer } from '../support/node/provider.ts';
import { configurationOf, Daemon, findProgram } from './daemon.ts';

/** A server that asks Sallyport about each request, and remembers whose were valid, by path. */
class Guarded implements AsyncDisposable {
  readonly clients = new Map<string, string>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  async #answer({ url = '', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    const { authorization = '' } = headers;
    const answer = await fetch(`${issuer()}/auth/forward`, { headers: { authorization } });
    if (answer.ok) this.clients.set(url, answer.headers.get('x-auth-client-id') ?? '');
    response.writeHead(answer.status, { 'content-type': 'text/plain; version=0.0.4' });
    response.end(url === '/metrics' ? 'guarded_value 7\n' : '');
  }

  static async listen(): Promise<Guarded> {
    const guarded = new Guarded();
    await new Promise<void>((listening) => {
      guarded.#server.listen(0, '127.0.0.1', listening);
    });
    return guarded;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }
}

const program = findProgram('prometheus');
if (program === undefined) notRun('Prometheus, which is not installed');
else describePrometheus(program);

function describePrometheus(path: string): void {
  describe('Prometheus, as docs/servers.md configures it', () => {
    let guarded: Guarded;
    let clientId: string;
    let clientSecret: string;
    beforeAll(async () => {
      guarded = await Guarded.listen();
      const metadata = { grant_types: ['client_credentials'], redirect_uris: [] };
      const client = await createClient(metadata);
      [clientId, clientSecret] = [client.clientId, client.clientSecret ?? ''];
    });
    afterAll(() => guarded[Symbol.asyncDispose]());

    const start = (port: number, secret: string) =>
      Daemon.start({
        program: path,
        args: (folder) => [
          `--config.file=${folder}/prometheus.yml`,
          `--storage.tsdb.path=${folder}/data`,
          `--web.listen-address=127.0.0.1:${port}`,
          // What cannot be written is not waited for at the end.
          '--storage.remote.flush-deadline=1s',
        ],
        port,
        files: () => ({
          'prometheus.yml': configurationOf('docs/servers.md', 'prometheus.yml', {
            'scrape_interval: 15s': 'scrape_interval: 1s',
            'client-id': clientId,
            'client-secret': secret,
            'https://id.example.com': issuer(),
            '127.0.0.1:8080': guarded.host,
          }),
        }),
      });

    /** The state of the target: `[up, the error of the last attempt]`. */
    const targetAt = async (port: number) => {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/targets`);
      const { data } = (await response.json()) as {
        data: { activeTargets: readonly { health: string; lastError: string }[] };
      };
      return data.activeTargets[0];
    };

    it('scrapes a target that wants a token, and writes to another', async () => {
      const port = await freePort();
      await using daemon = await start(port, clientSecret);
      await eventually(async () => {
        expect(await targetAt(port)).toMatchObject({ health: 'up' });
        expect(Object.fromEntries(guarded.clients)).toEqual({
          '/metrics': clientId,
          '/write': clientId,
        });
      });
      expect(daemon.output).not.toContain('level=error');
    });

    it('says what is wrong where its secret is', async () => {
      const port = await freePort();
      await using _ = await start(port, 'wrong');
      await eventually(async () => {
        expect(await targetAt(port)).toMatchObject({
          health: 'down',
          lastError: expect.stringContaining('invalid_client'),
        });
      });
    });
  });
}
