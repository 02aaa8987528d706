import { Sallyport, type SallyportOptions } from '../../../client/src/index.ts';
import { ApiClient, aPerson } from './api-client.ts';
import { CuttableProxy } from './cuttable-proxy.ts';
import {
  type Folder,
  freePort,
  Instance,
  type InstanceOptions,
  temporaryFolder,
} from './instance.ts';

const ADMIN = { email: 'admin@sallyport.local', password: 'a password for the tests only' };

/** `npm start`, with a line to its hub that can be cut, and an administrator who publishes. */
export class RunningHubFixture implements AsyncDisposable {
  readonly proxy: CuttableProxy;
  #instance: Instance;
  readonly #settings: InstanceOptions;
  readonly #folder: Folder;
  readonly #api: ApiClient;
  #token = '';

  private constructor(
    settings: InstanceOptions,
    instance: Instance,
    folder: Folder,
    proxy: CuttableProxy,
  ) {
    this.#settings = settings;
    this.#instance = instance;
    this.#folder = folder;
    this.proxy = proxy;
    this.#api = new ApiClient(instance.url);
  }

  static async start(env: Readonly<Record<string, string>> = {}): Promise<RunningHubFixture> {
    const folder = await temporaryFolder();
    const given = { RATE_LIMIT_SCALE: '100000', SALLYPORT_ADMIN_PASSWORD: ADMIN.password, ...env };
    const settings = { port: await freePort(), dataDir: folder.path, env: given };
    const instance = await new Instance(settings).ready();
    const proxy = await CuttableProxy.start(instance.url);
    const running = new RunningHubFixture(settings, instance, folder, proxy);
    const { json } = await running.#api.login(ADMIN);
    running.#token = json.accessToken;
    return running;
  }

  get url(): string {
    return this.#instance.url;
  }

  get connectUrl(): string {
    return `${this.proxy.url}/connect`;
  }

  /** An SDK whose hub is reached over the line that can be cut. */
  client(options: Partial<SallyportOptions> = {}): Sallyport {
    return new Sallyport({ issuer: this.url, connectUrl: this.connectUrl, ...options });
  }

  /** An SDK with somebody new signed in. */
  async somebody(options: Partial<SallyportOptions> = {}): Promise<Sallyport> {
    const sallyport = this.client(options);
    await sallyport.register(aPerson());
    return sallyport;
  }

  /** `POST /api/v1/connect/…` as an administrator. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads any shape and asserts it
  async connectApi(path: string, body: unknown): Promise<any> {
    const reply = await this.#api.call(`/api/v1/connect/${path}`, { body, token: this.#token });
    if (reply.status >= 300) throw new Error(`Cannot post to ${path}: ${reply.text}`);
    return reply.json;
  }

  /** `kill -9` of everything, and a new start with the same data. */
  async killAndStart(): Promise<void> {
    await this.#instance.signal('SIGKILL');
    this.#instance = await new Instance(this.#settings).ready();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    await this.#instance.signal('SIGTERM');
    await this.#folder[Symbol.asyncDispose]();
  }
}
