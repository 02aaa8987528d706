import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { HubError, memoryStorage, Sallyport, SallyportError } from '../../client/src/index.ts';
import { aPerson } from '../support/node/api-client.ts';
import { startWorkers } from '../support/node/harness.ts';

let workers: Awaited<ReturnType<typeof startWorkers>>;

beforeAll(async () => {
  workers = await startWorkers({ databaseProxy: inject('databaseProxy') });
});
afterAll(() => workers[Symbol.asyncDispose]());

const aClient = (options = {}) =>
  new Sallyport({ issuer: workers.url, connectUrl: `${workers.url}/connect`, ...options });

describe('the SDK against the running system', () => {
  it('registers, restores, signs out and in again', async () => {
    const storage = memoryStorage();
    const sallyport = aClient({ storage });
    const person = aPerson();
    const registered = await sallyport.register(person);
    expect(await aClient({ storage }).restore()).toEqual(registered);

    expect(await sallyport.signOut()).toBe(true);
    expect(await aClient({ storage }).restore()).toBeUndefined();
    await expect(sallyport.accessToken()).rejects.toThrow(
      expect.objectContaining({ code: 'signed_out' }),
    );
    expect(await sallyport.signIn(person)).toMatchObject({ accountId: registered.accountId });
  });

  it('says why a sign-in is refused', async () => {
    const refused = aClient().signIn({ email: 'nobody@example.test', password: 'x' });
    await expect(refused).rejects.toBeInstanceOf(SallyportError);
    await expect(refused).rejects.toMatchObject({ code: 'AUTH_CREDENTIALS_INVALID', status: 401 });
  });

  it('calls services by name, with JSON and with bytes', async () => {
    const sallyport = aClient();
    const { accountId } = await sallyport.register(aPerson());
    const hub = sallyport.connect();
    const profile = await hub.call('identity', 'GET:/api/v1/auth/profile');
    expect(profile).toMatchObject({ accountId });

    const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => at % 251);
    const echoed = await hub.callBinary('echo', 'POST:/echo', bytes);
    expect(Buffer.compare(echoed, bytes)).toBe(0);
    expect(await hub.call('echo', 'POST:/echo', { hello: 'hub' })).toEqual({ hello: 'hub' });
    hub.close();
  });

  it('names what failed, with the problem document', async () => {
    const sallyport = aClient();
    await sallyport.register(aPerson());
    const hub = sallyport.connect();
    const missing = hub.call('identity', 'POST:/no/such/endpoint', {});
    await expect(missing).rejects.toBeInstanceOf(HubError);
    await expect(missing).rejects.toMatchObject({ name: 'ServiceNotFound', code: 30 });
    const refused = hub.call('identity', 'PUT:/api/v1/auth/profile', { username: '!' });
    await expect(refused).rejects.toMatchObject({
      name: 'Service_BadRequest',
      code: 50,
      problem: { code: 'VALIDATION_ERROR' },
    });
    hub.close();
    await expect(hub.call('echo', 'POST:/echo', 1)).rejects.toMatchObject({ name: 'closed' });
  });
});
