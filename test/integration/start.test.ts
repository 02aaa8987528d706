import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';

import { ApiClient, aPerson } from '../support/node/api-client.ts';
import {
  freePort,
  Instance,
  npmRun,
  processesOf,
  temporaryFolder,
} from '../support/node/instance.ts';

const started: Instance[] = [];

async function start(dataDir: string, env: Record<string, string> = {}): Promise<Instance> {
  const instance = await launch(dataDir, await freePort(), env).ready();
  return instance;
}

function launch(dataDir: string, port: number, env: Record<string, string> = {}): Instance {
  const instance = new Instance({ port, dataDir, env });
  started.push(instance);
  return instance;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((instance) => instance.signal('SIGKILL')));
});

const workerdPid = async (dataDir: string): Promise<number> =>
  Number(await readFile(join(dataDir, 'workerd.pid'), 'utf8'));

describe('npm start', { timeout: 180_000 }, () => {
  it('is healthy within a minute, and shows an administrator who can sign in', async () => {
    await using folder = await temporaryFolder();
    const began = Date.now();
    const { url, output } = await start(folder.path);
    expect(Date.now() - began).toBeLessThan(60_000);
    expect(output).toContain(`${url}/docs`);

    const email = /Administrator\s+(\S+)/.exec(output)?.[1] ?? '';
    const password = /Password\s+(\S+)/.exec(output)?.[1] ?? '';
    const { status, json } = await new ApiClient(url).login({ email, password });
    expect(status).toBe(200);
    expect(decodeJwt(json.accessToken)).toMatchObject({ iss: url, roles: ['admin', 'user'] });
    expect((await fetch(`${url}/docs`)).status).toBe(200);
  });

  it('keeps accounts, sessions and keys over Ctrl-C, which ends every process', async () => {
    await using folder = await temporaryFolder();
    const first = await start(folder.path);
    const person = await new ApiClient(first.url).register();
    const { code, output } = await first.signal('SIGINT');
    expect([code, output]).toEqual([0, expect.stringContaining('Stopped.')]);
    expect(processesOf(folder.path)).toEqual([]);

    const port = Number(new URL(first.url).port);
    const second = await launch(folder.path, port).ready();
    const api = new ApiClient(second.url);
    expect((await api.validate(person.accessToken)).status).toBe(200);
    expect((await api.refresh(person.refreshToken)).status).toBe(200);
    expect((await api.login(person)).status).toBe(200);
    expect(second.output).toContain(/Password\s+\S+/.exec(first.output)?.[0]);
  });

  it('keeps its data when all processes are killed', async () => {
    await using folder = await temporaryFolder();
    const first = await start(folder.path);
    const person = await new ApiClient(first.url).register();
    await first.signal('SIGKILL');

    const api = new ApiClient((await start(folder.path)).url);
    expect((await api.login(person)).status).toBe(200);
    expect((await api.refresh(person.refreshToken)).status).toBe(200);
  });

  it('ends the workerd of an instance whose Node was killed', async () => {
    await using folder = await temporaryFolder();
    const port = await freePort();
    const first = await launch(folder.path, port).ready();
    const person = await new ApiClient(first.url).register();
    const orphan = await workerdPid(folder.path);
    process.kill(Number(await readFile(join(folder.path, 'instance.lock'), 'utf8')), 'SIGKILL');
    await first.ended().catch(() => {});
    expect(processesOf(folder.path).map(({ pid }) => pid)).toEqual([orphan]);

    const second = await launch(folder.path, port).ready();
    expect((await new ApiClient(second.url).login(person)).status).toBe(200);
    expect(processesOf(folder.path).map(({ pid }) => pid)).not.toContain(orphan);
  });

  it('ends with 1 and a message when workerd ends', async () => {
    await using folder = await temporaryFolder();
    const instance = await start(folder.path);
    process.kill(await workerdPid(folder.path), 'SIGKILL');
    const { code, output } = await instance.ended();
    expect([code, output]).toEqual([1, expect.stringContaining('workerd ended (SIGKILL)')]);
  });

  it('reports a port that is taken, and leaves no process running', async () => {
    await using folder = await temporaryFolder();
    const other = createServer();
    const port = await freePort();
    await new Promise<void>((listening) => other.listen(port, '127.0.0.1', listening));
    const { code, output } = await launch(folder.path, port).ended();
    await new Promise((closed) => other.close(closed));
    expect([code, output]).toEqual([1, expect.stringContaining(`port ${port} is in use`)]);
    expect(processesOf(folder.path)).toEqual([]);
    await expect(stat(join(folder.path, 'instance.lock'))).rejects.toThrow('ENOENT');
  });

  it('refuses a folder that another instance uses, and does not disturb that one', async () => {
    await using folder = await temporaryFolder();
    const first = await start(folder.path);
    const { code, output } = await launch(folder.path, await freePort()).ended();
    expect([code, output]).toEqual([1, expect.stringMatching(/belongs to an instance that runs/)]);
    expect((await fetch(`${first.url}/health`)).status).toBe(200);
  });

  it('runs beside another instance, and shares no data with it', async () => {
    await using one = await temporaryFolder();
    await using two = await temporaryFolder();
    const [first, second] = await Promise.all([start(one.path), start(two.path)]);
    const person = await new ApiClient(first.url).register();
    const there = new ApiClient(second.url);
    expect((await there.login(person)).status).toBe(401);
    expect((await there.validate(person.accessToken)).status).toBe(401);
  });

  it('uses the PostgreSQL that DATABASE_URL names', async () => {
    await using one = await temporaryFolder();
    await using two = await temporaryFolder();
    const first = await start(one.path);
    const person = await new ApiClient(first.url).register();
    const DATABASE_URL = await databaseUrlOf(one.path);
    const second = await start(two.path, { DATABASE_URL });
    expect((await new ApiClient(second.url).login(person)).status).toBe(200);
    await expect(stat(join(two.path, 'postgres'))).rejects.toThrow('ENOENT');
  });

  it('ends without an error when it is stopped before it is ready', async () => {
    await using folder = await temporaryFolder();
    const instance = launch(folder.path, await freePort());
    await expect.poll(() => instance.output, { timeout: 20_000 }).toContain('Building');
    const { code, output } = await instance.signal('SIGINT');
    expect([code, output]).toEqual([0, expect.not.stringContaining('✖')]);
    expect(processesOf(folder.path)).toEqual([]);
    await expect(stat(join(folder.path, 'instance.lock'))).rejects.toThrow('ENOENT');
  });

  it('reads settings, does not show a chosen password, and writes secrets for its owner only', async () => {
    await using folder = await temporaryFolder();
    const password = 'chosen by the operator';
    const instance = await start(folder.path, {
      ACCESS_TOKEN_SECONDS: '120',
      CORS_ORIGINS: 'https://app.example.test',
      SALLYPORT_ADMIN_EMAIL: 'root@example.test',
      SALLYPORT_ADMIN_PASSWORD: password,
    });
    const api = new ApiClient(instance.url, {
      origin: 'https://app.example.test',
      'cf-connecting-ip': '203.0.113.7',
    });
    const { json, headers } = await api.login({ email: 'root@example.test', password });
    expect(json.connectUrl).toBe(`${instance.url.replace('http', 'ws')}/connect`);
    expect(json.expiresIn).toBe(120);
    expect(headers.get('access-control-allow-origin')).toBe('https://app.example.test');

    const sessions = await api.call('/api/v1/sessions', { token: json.accessToken });
    expect(sessions.json.sessions[0].ipAddress).toBe('203.0.113.7');
    const elsewhere = await new ApiClient(instance.url).call('/api/v1/sessions', {
      token: (await new ApiClient(instance.url).login({ email: 'root@example.test', password }))
        .json.accessToken,
    });
    expect(elsewhere.json.sessions[0].ipAddress).toBe('127.0.0.1');

    const log = await readFile(join(folder.path, 'logs/workers.log'), 'utf8');
    for (const secret of [password, json.accessToken, json.refreshToken]) {
      expect(`${instance.output}${log}`).not.toContain(secret);
    }
    for (const file of ['dev-secrets.json', 'workerd.capnp']) {
      expect((await stat(join(folder.path, file))).mode & 0o077).toBe(0);
    }
  });
});

describe('npm run tour', { timeout: 180_000 }, () => {
  it('completes every step', async () => {
    await using folder = await temporaryFolder();
    const { url } = await start(folder.path);
    const { code, output } = await npmRun(['tour', '--', '--url', url]);
    expect([code, output]).toEqual([0, expect.stringMatching(/All \d+ steps/)]);
    expect(output).not.toMatch(/eyJ[\w-]{20}|spr_[\w-]{20}/);
  });

  it('ends with 1 where no server answers', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, output } = await npmRun(['tour', '--', '--url', url]);
    expect([code, output]).toEqual([1, expect.stringContaining(`Nothing answers at ${url}`)]);
  });
});

describe('npm run admin:create', { timeout: 180_000 }, () => {
  it('creates an administrator once, and promotes an existing account', async () => {
    await using folder = await temporaryFolder();
    const instance = await start(folder.path, { SALLYPORT_ADMIN_EMAIL: 'first@example.test' });
    const api = new ApiClient(instance.url);
    const person = await api.register(aPerson());
    const DATABASE_URL = await databaseUrlOf(folder.path);

    const created = await npmRun(['admin:create', '--', '--email', 'second@example.test'], {
      DATABASE_URL,
    });
    const password = /with the password (\S+)/.exec(created.output)?.[1] ?? '';
    const admin = await api.login({ email: 'second@example.test', password });
    expect(decodeJwt(admin.json.accessToken)['roles']).toEqual(['admin', 'user']);

    const email = ['--email', person.email];
    const again = await npmRun(['admin:create', '--', ...email], { DATABASE_URL });
    expect([again.code, again.output]).toEqual([1, expect.stringContaining('--promote')]);
    const promoted = await npmRun(['admin:create', '--', ...email, '--promote'], { DATABASE_URL });
    expect(promoted.code).toBe(0);
    const { json } = await api.login(person);
    expect(decodeJwt(json.accessToken)['roles']).toEqual(['user', 'admin']);
  });
});

describe('npm run keys:rotate', { timeout: 180_000 }, () => {
  it('rotates the key of the algorithm, and says why it cannot', async () => {
    await using folder = await temporaryFolder();
    const SALLYPORT_ADMIN_PASSWORD = 'chosen by the operator';
    const { url } = await start(folder.path, { SALLYPORT_ADMIN_PASSWORD });
    const args = ['--url', url, '--email', 'admin@sallyport.local', '--alg', 'EdDSA'];
    const rotate = (password: string, more: readonly string[] = []) =>
      npmRun(['keys:rotate', '--', ...args, ...more], { SALLYPORT_ADMIN_PASSWORD: password });
    const first = await rotate(SALLYPORT_ADMIN_PASSWORD);
    expect([first.code, first.output]).toEqual([0, expect.stringMatching(/^current {3}\S+$/m)]);
    const stale = await rotate(SALLYPORT_ADMIN_PASSWORD, ['--expected-kid', 'another']);
    expect([stale.code, stale.output]).toEqual([
      1,
      expect.stringMatching(/^✖ .* 409 CONFLICT: .*\n$/),
    ]);
    const refused = await rotate('another pass phrase');
    expect([refused.code, refused.output]).toEqual([
      1,
      expect.stringMatching(/^✖ .* 401 \w+: .*\n$/),
    ]);
  });
});

/** The connection string of a running instance's embedded PostgreSQL, from its Workers' settings. */
async function databaseUrlOf(dataDir: string): Promise<string> {
  const config = await readFile(join(dataDir, 'workerd.capnp'), 'utf8');
  return /"DATABASE_URL", text = "([^"]+)"/.exec(config)?.[1] ?? '';
}
