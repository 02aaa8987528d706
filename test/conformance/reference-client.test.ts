import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { issuer, postJson } from '../support/node/provider.ts';

/**
 * A client of the reference protocol that knows nothing of Sallyport: it signs in, connects with a
 * header, and frames by hand. Whatever it relies on must not change.
 */
class ReferenceClient {
  readonly events: Readonly<Record<string, unknown>>[] = [];
  readonly apis = new Map<string, string>();
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;
  readonly #pending = new Map<bigint, (response: Buffer) => void>();
  readonly #manifest = Promise.withResolvers<void>();
  #messages = 0n;
  #sequence = 0;

  private constructor(url: string, authorization: string) {
    this.#socket = new WebSocket(url, { headers: { Authorization: authorization } });
    this.#socket.binaryType = 'nodebuffer';
    this.#socket.on('message', (data: Buffer) => this.#receive(data));
    this.#socket.on('error', (error) => this.#manifest.reject(error));
    this.closed = new Promise((resolve) => this.#socket.on('close', resolve));
  }

  static async open(url: string, authorization: string): Promise<ReferenceClient> {
    const client = new ReferenceClient(url, authorization);
    await client.#manifest.promise;
    return client;
  }

  /** Sends a header of 31 bytes, big-endian (the GUID as its digits are read), and the payload. */
  async invoke(endpoint: string, payload: Buffer, { flags = 0, channel = 0 } = {}) {
    const guid = this.apis.get(endpoint) ?? endpoint;
    this.#messages += 1n;
    this.#sequence += 1;
    const messageId = (BigInt(Date.now()) << 16n) | this.#messages;
    const header = Buffer.alloc(31);
    header.writeUInt8(flags, 0);
    header.writeUInt16BE(channel, 1);
    header.writeUInt32BE(this.#sequence, 3);
    Buffer.from(guid.replaceAll('-', ''), 'hex').copy(header, 7);
    header.writeBigUInt64BE(messageId, 23);
    const response = new Promise<Buffer>((resolve) => this.#pending.set(messageId, resolve));
    this.#socket.send(Buffer.concat([header, payload]));
    const bytes = await response;
    return {
      flags: bytes.readUInt8(0),
      channel: bytes.readUInt16BE(1),
      sequence: bytes.readUInt32BE(3),
      code: bytes.readUInt8(15),
      payload: bytes.subarray(16),
      json: () => JSON.parse(bytes.subarray(16).toString('utf8')) as Record<string, unknown>,
    };
  }

  close(): void {
    this.#socket.close(1000, 'Client disconnecting');
  }

  kill(): void {
    this.#socket.terminate();
  }

  event(name: string): Readonly<Record<string, unknown>> | undefined {
    return this.events.find(({ eventName }) => eventName === name);
  }

  /** Bit 0x40 tells the 16-byte layout from the 31-byte one. */
  #receive(data: Buffer): void {
    const flags = data.readUInt8(0);
    if ((flags & 0x40) !== 0) return this.#pending.get(data.readBigUInt64BE(7))?.(data);
    if ((flags & 0x10) === 0) return;
    const event = JSON.parse(data.subarray(31).toString('utf8'));
    this.events.push(event);
    if (event.eventName !== 'connect.capability-manifest') return;
    for (const { endpoint, serviceId } of event.availableApis) this.apis.set(endpoint, serviceId);
    this.#manifest.resolve();
  }
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

async function register() {
  const email = `ref.${crypto.randomUUID().slice(0, 8)}@example.com`;
  const account = {
    username: `ref_${email.slice(4, 12)}`,
    email,
    password: 'a reference password',
  };
  const registered = await postJson('/auth/register', account);
  return { ...account, tokens: (await registered.json()) as Record<string, string> };
}

describe('a client of the reference protocol', () => {
  it('registers, logs in, connects, calls, refreshes and leaves', async () => {
    const { email, password, tokens } = await register();
    expect(tokens).toMatchObject({ accountId: expect.any(String), connectUrl: expect.any(String) });
    const login = await postJson('/auth/login', { email, password, rememberMe: true });
    const { accessToken, refreshToken, connectUrl } = (await login.json()) as typeof tokens;

    const client = await ReferenceClient.open(connectUrl ?? '', `Bearer ${accessToken}`);
    const manifest = client.event('connect.capability-manifest');
    expect(client.events[0]).toBe(manifest);
    expect(manifest).toMatchObject({
      eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      sessionId: expect.any(String),
      version: 1,
    });
    expect(manifest?.['availableApis']).toContainEqual({
      serviceId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      endpoint: 'GET:/api/v1/auth/profile',
      service: 'identity',
      description: expect.any(String),
    });

    // The reference client sends a body with every request, if only an empty object.
    const profile = await client.invoke('GET:/api/v1/auth/profile', json({}), { channel: 7 });
    expect(profile).toMatchObject({ flags: 0x40, channel: 7, sequence: 1, code: 0 });
    expect(profile.json()).toMatchObject({ email });

    const refreshed = await postJson('/auth/refresh', { refreshToken });
    const renewed = (await refreshed.json()) as typeof tokens;
    expect(renewed['accessToken']).not.toBe(accessToken);
    client.close();
    expect(await client.closed).toBe(1000);
  });

  it('gets errors as codes without a payload, and the schema of an endpoint', async () => {
    const { tokens } = await register();
    const { accessToken, connectUrl = '' } = tokens;
    const client = await ReferenceClient.open(connectUrl, `bearer ${accessToken}`);
    const unknown = await client.invoke('0ec5068d-64d2-4853-9976-ebc66d694536', json({}));
    expect(unknown).toMatchObject({ flags: 0x40, code: 30, payload: Buffer.alloc(0) });
    const highest = await client.invoke('POST:/echo', json({}), { channel: 1_001 });
    expect(highest).toMatchObject({ channel: 1_001, code: 13 });
    const wrong = await client.invoke('PUT:/api/v1/auth/profile', json({ username: '!' }));
    expect(wrong).toMatchObject({ code: 50, payload: Buffer.alloc(0) });

    const meta = await client.invoke('GET:/api/v1/auth/profile', Buffer.alloc(0), {
      flags: 0x80,
      channel: 3,
    });
    expect(meta).toMatchObject({ flags: 0xc0, channel: 3, code: 0 });
    expect(meta.json()).toMatchObject({
      metaType: 'full-schema',
      serviceName: 'identity',
      method: 'GET',
      path: '/api/v1/auth/profile',
      generatedAt: expect.any(String),
    });
    client.close();
  });

  it('reconnects with its reconnection token, and endpoints keep their GUIDs', async () => {
    const { tokens } = await register();
    const { accessToken, connectUrl = '' } = tokens;
    const lost = await ReferenceClient.open(connectUrl, `Bearer ${accessToken}`);
    const { reconnectionToken } = lost.event('connect.capability-manifest') ?? {};
    lost.kill();
    await lost.closed;
    const back = await ReferenceClient.open(connectUrl, `Reconnect ${String(reconnectionToken)}`);
    expect(back.apis).toEqual(lost.apis);
    expect((await back.invoke('POST:/echo', json({ still: 'here' }))).code).toBe(0);
    back.close();
  });

  it('is refused with 401 where its token is invalid', async () => {
    const url = `${issuer().replace('http', 'ws')}/connect`;
    for (const authorization of ['', 'Bearer nonsense', 'Reconnect nonsense']) {
      await expect(ReferenceClient.open(url, authorization)).rejects.toThrow(/401/);
    }
  });
});
