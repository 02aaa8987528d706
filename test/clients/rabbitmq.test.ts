import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  type Administered,
  asAdministrator,
  createClient,
  credentials,
} from '../support/node/administered.ts';
import { type Folder, freePort, temporaryFolder } from '../support/node/instance.ts';
import { notRun } from '../support/node/not-run.ts';
import { postToken } from '../support/node/oauth-requests.ts';
import { issuer, postJson } from '../support/node/provider.ts';
import { configurationOf, Daemon, findProgram } from './daemon.ts';

const PAGE = 'docs/servers.md';

/** The public keys of the running instance behind TLS, which RabbitMQ demands. */
class Keys implements AsyncDisposable {
  readonly #server: Server;
  readonly #folder: Folder;

  private constructor(server: Server, folder: Folder) {
    this.#server = server;
    this.#folder = folder;
  }

  static async listen(): Promise<Keys> {
    const folder = await temporaryFolder();
    await makeCertificate(folder.path, 'authority', '-addext keyUsage=keyCertSign');
    await makeCertificate(folder.path, 'localhost', BY_AUTHORITY);
    const [key, cert] = ['localhost.key', 'localhost.pem'].map((name) =>
      readFileSync(join(folder.path, name)),
    );
    const server = createServer({ key, cert }, (_, response) => {
      void fetch(`${issuer()}/.well-known/jwks.json`)
        .then((answer) => answer.text())
        .then((text) => response.setHeader('content-type', 'application/json').end(text));
    });
    await new Promise<void>((listening) => {
      server.listen(0, '127.0.0.1', listening);
    });
    return new Keys(server, folder);
  }

  get origin(): string {
    return `https://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The file with the certificate of who signed the server's. */
  get authority(): string {
    return join(this.#folder.path, 'authority.pem');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
    await this.#folder[Symbol.asyncDispose]();
  }
}

const EXTENSIONS = '-addext basicConstraints=CA:FALSE -addext subjectAltName=DNS:localhost';
const BY_AUTHORITY = `-CA authority.pem -CAkey authority.key ${EXTENSIONS}`;

/** Makes `<name>.pem` and `<name>.key` in the folder. `more` are arguments without spaces in them. */
function makeCertificate(folder: string, name: string, more: string): Promise<unknown> {
  const key = `-nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout ${name}.key`;
  const args = `req -x509 -days 2 -subj /CN=${name} ${key} -out ${name}.pem ${more}`;
  return promisify(execFile)('openssl', args.split(' '), { cwd: folder });
}

/** The frames that RabbitMQ answers, a line for each end, up to a message or an error. */
function stomp(port: number, token: string, frames: readonly string[]): Promise<string> {
  return new Promise((answered, failed) => {
    const socket = connect(port, '127.0.0.1', () => {
      const login = ['accept-version:1.2', 'host:/', 'login:anybody', `passcode:${token}`];
      socket.write(`CONNECT\n${login.join('\n')}\n\n\0`);
      for (const frame of frames) socket.write(`${frame}\0`);
    });
    let answer = '';
    socket.on('data', (data) => {
      answer += String(data).replaceAll('\0', '\n');
      if (/^(?:MESSAGE|ERROR)$/m.test(answer)) socket.end();
    });
    socket.once('error', failed);
    socket.once('close', () => answered(answer));
  });
}

const SUBSCRIBE = 'SUBSCRIBE\nid:0\ndestination:/queue/orders\n\n';
const SEND = 'SEND\ndestination:/queue/orders\ncontent-length:5\n\nhello';

const RESOURCE = 'urn:example:rabbitmq';
const ALL = ['read', 'write', 'configure'].map((may) => `${RESOURCE}.${may}:*/*`).join(' ');

const server = globSync('/usr/lib/rabbitmq/lib/*/sbin/rabbitmq-server')[0];
const epmd = findProgram('epmd');
if (server === undefined || epmd === undefined || !existsSync('/usr/bin/openssl')) {
  notRun('RabbitMQ, which is not installed');
} else describeRabbit(server, epmd);

type Ports = Readonly<Record<'stomp' | 'amqp' | 'nodes' | 'mapper', number>>;

/** RabbitMQ with its data in a folder of its own, and without its usual ports. */
function start(path: string, keys: Keys, ports: Ports) {
  const { stomp: port, amqp, nodes, mapper } = ports;
  return Daemon.start({
    program: path,
    args: () => [],
    port,
    ready: 'Server startup complete',
    files: () => ({
      'rabbitmq.conf': `${configurationOf(PAGE, 'rabbitmq.conf', {
        'https://id.example.com': keys.origin,
        '/etc/ssl/certs/ca-certificates.crt': keys.authority,
      })}
log.console = true
log.file = false
listeners.tcp.1 = 127.0.0.1:${amqp}
stomp.listeners.tcp.1 = 127.0.0.1:${port}
`,
      'advanced.config': configurationOf(PAGE, 'advanced.config', {}),
      enabled_plugins: '[rabbitmq_auth_backend_oauth2,rabbitmq_stomp].',
    }),
    env: (folder) => ({
      RABBITMQ_NODENAME: `test-${port}@localhost`,
      RABBITMQ_DIST_PORT: String(nodes),
      RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
      RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
      RABBITMQ_MNESIA_BASE: join(folder, 'data'),
      ERL_EPMD_PORT: String(mapper),
      ERL_EPMD_ADDRESS: '127.0.0.1',
    }),
  });
}

/** Erlang's port mapper, which would otherwise start by itself and stay. */
const startMapper = (path: string, port: number) =>
  Daemon.start({
    program: path,
    args: () => ['-address', '127.0.0.1', '-port', String(port)],
    port,
    files: () => ({}),
  });

function describeRabbit(path: string, portMapper: string): void {
  describe('RabbitMQ, as docs/servers.md configures it', () => {
    // What is started last ends first, and what was started ends even if the next was not.
    const started = new AsyncDisposableStack();
    let client: Administered;
    let port: number;

    beforeAll(async () => {
      const keys = started.use(await Keys.listen());
      const resource = configurationOf(PAGE, 'resource.json', {
        '"scopes": [': '"scopes": ["queues",',
      });
      await postJson('/api/v1/oauth/resources', JSON.parse(resource), await asAdministrator());
      client = await createClient({
        token_endpoint_auth_method: 'client_secret_post',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        scope: `queues ${ALL}`,
      });
      port = await freePort();
      const [amqp, nodes, mapper] = [await freePort(), await freePort(), await freePort()];
      started.use(await startMapper(portMapper, mapper));
      started.use(await start(path, keys, { stomp: port, amqp, nodes, mapper }));
    });
    afterAll(() => started.disposeAsync());

    const tokenFor = async (scope: string, more = {}) => {
      const form = { grant_type: 'client_credentials', resource: RESOURCE, scope };
      const { body } = await postToken({ ...form, ...credentials(client), ...more });
      return String(body['access_token']);
    };

    it.each([ALL, 'queues'])('lets a client read and write with the scopes %s', async (scope) => {
      const frames = await stomp(port, await tokenFor(scope), [SUBSCRIBE, SEND]);
      expect(frames).toMatch(/^CONNECTED/);
      expect(frames).toMatch(/^MESSAGE$[\s\S]*hello/m);
    });

    it('refuses what the scopes do not allow', async () => {
      const token = await tokenFor('urn:example:rabbitmq.read:*/*');
      const frames = await stomp(port, token, [SEND]);
      expect(frames).toMatch(/^CONNECTED/);
      expect(frames).toMatch(/^ERROR$[\s\S]*access.refused/im);
    });

    it('refuses what is no token for it', async () => {
      const ofOthers = await tokenFor('', { resource: undefined, scope: undefined });
      for (const token of ['a.b.c', ofOthers, `${(await tokenFor(ALL)).slice(0, -4)}AAAA`]) {
        expect(await stomp(port, token, [])).toMatch(/^ERROR\nmessage:Bad CONNECT/);
      }
    });
  });
}
