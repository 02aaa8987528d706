import { Sallyport, type SallyportOptions } from '../../../client/src/index.ts';
import { ApiClient, aPerson } from './api-client.ts';
import { CuttableProxy } from './cuttable-proxy.ts';
import { type Folder, freePort, Instance, temporaryFolder } from './instance.ts';

const ADMIN = { email: 'admin@sallyport.local', password: 'a password for the tests only' };

/** `npm start`, with a line to its hub that can be cut, and an administrator who publishes. */
export class RunningHub implements AsyncDisposable {
  readonly proxy: CuttableProxy;
  readonly #instance: Instance;
  readonly #folder: Folder;
  readonly #api: ApiClient;
  #token = '';

  private constructor(instance: Instance, folder: Folder, proxy: CuttableProxy) {
    this.#instance = instance;
    this.#folder = folder;
    this.proxy = proxy;
    this.#api = new ApiClient(instance.url);
  }

  static async start(env: Readonly<Record<string, string>> = {}): Promise<RunningHub> {
    const folder = await temporaryFolder();
    const settings = { RATE_LIMIT_SCALE: '100000', SALLYPORT_ADMIN_PASSWORD: ADMIN.password };
    const instance = new Instance({
      port: await freePort(),
      dataDir: folder.path,
      env: { ...settings, ...env },
    });
    await instance.ready();
    const running = new RunningHub(instance, folder, await CuttableProxy.start(instance.url));
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    await this.#instance.signal('SIGTERM');
    await this.#folder[Symbol.asyncDispose]();
  }
}
