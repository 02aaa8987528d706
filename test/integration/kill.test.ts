import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { ApiClient, aPerson } from '../support/node/api-client.ts';
import { freePort, Instance, temporaryFolder } from '../support/node/instance.ts';
import { StreamClient } from '../support/node/stream-client.ts';

const PASSWORD = 'a password for this test only';
const ENV = { RATE_LIMIT_SCALE: '100000', SALLYPORT_ADMIN_PASSWORD: PASSWORD };
const ADMIN = { email: 'admin@sallyport.local', password: PASSWORD };

const started: Instance[] = [];

async function start(dataDir: string, port: number): Promise<Instance> {
  const instance = new Instance({ port, dataDir, env: ENV });
  started.push(instance);
  return instance.ready();
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((instance) => instance.signal('SIGKILL')));
});

/** Publishes one event after another until it is stopped, and repeats each until it is accepted. */
class Publisher {
  readonly eventIds: string[] = [];
  readonly #api: ApiClient;
  readonly #token: string;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;

  constructor(url: string, token: string) {
    this.#api = new ApiClient(url);
    this.#token = token;
    this.#done = this.#run();
  }

  /** Returns the id of the last event. */
  async stop(): Promise<string> {
    this.#stopping.abort();
    await this.#done;
    return this.eventIds.at(-1) ?? '';
  }

  async untilPublished(count: number): Promise<void> {
    while (this.eventIds.length < count) await pause(10);
  }

  async #run(): Promise<void> {
    for (let n = 1; !this.#stopping.signal.aborted; n += 1) {
      await this.#publish(`event-${n}`);
      this.eventIds.push(`event-${n}`);
    }
  }

  async #publish(eventId: string): Promise<void> {
    const body = { target: 'all', eventName: 'test.tick', payload: {}, eventId };
    while (!(await this.#isTaken(body))) await pause(50);
  }

  async #isTaken(body: object): Promise<boolean> {
    try {
      const { status } = await this.#api.call('/api/v1/connect/events', {
        token: this.#token,
        body,
      });
      if (status === 202) return true;
      if (status >= 500) return false;
      throw new TypeError(`Cannot publish: status ${status}`);
    } catch (error) {
      // The server is down, or ended during the request, and may have accepted the event.
      if (error instanceof TypeError && error.message !== 'fetch failed') throw error;
      return false;
    }
  }
}

const pause = (time: number) => new Promise((resolve) => setTimeout(resolve, time));

async function killWorkerd(dataDir: string, instance: Instance): Promise<void> {
  process.kill(Number(await readFile(join(dataDir, 'workerd.pid'), 'utf8')), 'SIGKILL');
  await instance.ended();
}

/** Adds a newer salt to the existing one. */
async function rotateSalt(dataDir: string): Promise<void> {
  const path = join(dataDir, 'dev-secrets.json');
  const secrets = JSON.parse(await readFile(path, 'utf8')) as { SERVICE_GUID_SALT: string };
  const newest = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');
  secrets.SERVICE_GUID_SALT = `${newest} ${secrets.SERVICE_GUID_SALT}`;
  await writeFile(path, JSON.stringify(secrets));
}

describe('workerd that is killed while events are published', { timeout: 240_000 }, () => {
  it('[H51] [H63] [H9] loses and doubles no event of any client', async () => {
    await using folder = await temporaryFolder();
    const port = await freePort();
    const first = await start(folder.path, port);
    const api = new ApiClient(first.url);
    const admin = (await api.login(ADMIN)).json.accessToken;
    const people = await Promise.all(Array.from({ length: 6 }, () => api.register(aPerson())));
    const again = await Promise.all(people.map((person) => api.login(person)));
    const tokens = [...people, ...again.map(({ json }) => json)].map(
      ({ accessToken }) => accessToken,
    );
    const clients = await Promise.all(
      tokens.map((token) => new StreamClient(first.url, token).connect()),
    );

    const manifests = clients.map(({ manifest }) => manifest);
    const publisher = new Publisher(first.url, admin);
    await publisher.untilPublished(20);
    // Some connections are cut, and workerd is killed before the hub notices.
    for (const client of clients.slice(0, 4)) client.breakOff();
    await publisher.untilPublished(40);
    await Promise.all(clients.slice(0, 2).map((client) => client.connect()));
    await publisher.untilPublished(60);
    await killWorkerd(folder.path, first);
    await rotateSalt(folder.path);
    await start(folder.path, port);

    await Promise.all(clients.map((client) => client.connect()));
    await publisher.untilPublished(publisher.eventIds.length + 20);
    const last = await publisher.stop();
    await Promise.all(clients.map((client) => client.until(last)));

    const expected = publisher.eventIds.map((eventId, index) => ({ eventId, sequence: index + 2 }));
    for (const [index, client] of clients.entries()) {
      expect(client.heard).toEqual(expected);
      // The GUIDs are the same, although there is a newer salt.
      for (const member of ['availableApis', 'peerGuid', 'sessionId']) {
        expect(client.manifest?.[member]).toEqual(manifests[index]?.[member]);
      }
      expect(client.gaps).toEqual([]);
      expect(client.resumed.slice(1)).not.toContain(false);
      expect(client.resumed.length).toBeGreaterThan(1);
      client.close();
    }
  });
});
