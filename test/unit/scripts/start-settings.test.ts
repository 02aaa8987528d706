import { describe, expect, it } from 'vitest';

import { readStartSettings } from '../../../scripts/local/start-settings.ts';

describe('readStartSettings', () => {
  it('returns defaults for an empty environment', () => {
    expect(readStartSettings({})).toMatchObject({
      port: 8787,
      host: '127.0.0.1',
      databaseUrl: undefined,
      adminEmail: 'admin@sallyport.local',
      adminPassword: undefined,
      issuer: 'http://127.0.0.1:8787',
    });
  });

  it('derives the issuer from the port, unless it is given', () => {
    expect(readStartSettings({ PORT: '9000' }).issuer).toBe('http://127.0.0.1:9000');
    expect(readStartSettings({ PORT: '9000', ISSUER: 'https://id.test' }).issuer).toBe(
      'https://id.test',
    );
  });

  it('treats an empty variable as not set', () => {
    expect(readStartSettings({ PORT: '', DATABASE_URL: '' })).toMatchObject({
      port: 8787,
      databaseUrl: undefined,
    });
  });

  it.each([
    ['127.0.0.1', []],
    ['localhost', []],
    ['::1', []],
    ['0.0.0.0', ['cf-connecting-ip', 'mf-cf-blob']],
    ['192.168.1.5', ['cf-connecting-ip', 'mf-cf-blob']],
  ])('trusts cf-connecting-ip of clients on loopback only: %s', (HOST, removeHeaders) => {
    expect(readStartSettings({ HOST }).removeHeaders).toEqual(removeHeaders);
  });

  it.each([
    [{}, 'mf-cf-blob'],
    [{ HOST: '::1', ISSUER: 'http://localhost:8787' }, 'mf-cf-blob'],
    [{ HOST: '0.0.0.0' }, undefined],
    [{ HOST: '192.168.1.5', ISSUER: 'http://127.0.0.1:8787' }, undefined],
    [{ HOST: '127.0.0.1', ISSUER: 'https://id.example.test' }, undefined],
  ])('trusts mf-cf-blob only with loopback host and issuer: %j', (env, header) => {
    const { cfBlobHeader, removeHeaders } = readStartSettings(env);
    expect(cfBlobHeader).toBe(header);
    expect(removeHeaders.includes('mf-cf-blob')).toBe(header === undefined);
  });

  it.each([
    [{ PORT: '0' }, /PORT: must be a whole number from 1 to 65535/],
    [{ PORT: 'web' }, /PORT: must be a whole number from 1 to 65535/],
    [{ PORT: '65536' }, /PORT: must be a whole number from 1 to 65535/],
    [{ DATABASE_URL: 'mysql://h/db' }, /DATABASE_URL: must be a PostgreSQL URL/],
    [
      { SALLYPORT_ADMIN_PASSWORD: 'short' },
      /SALLYPORT_ADMIN_PASSWORD: must be 8 to 128 characters/,
    ],
    [{ SALLYPORT_ADMIN_EMAIL: 'nobody' }, /SALLYPORT_ADMIN_EMAIL/],
  ])('refuses %j with the name of the variable', (env, reason) => {
    expect(() => readStartSettings(env)).toThrow(reason);
  });

  it('keeps the white space around a password', () => {
    const SALLYPORT_ADMIN_PASSWORD = ' a pass phrase ';
    expect(readStartSettings({ SALLYPORT_ADMIN_PASSWORD }).adminPassword).toBe(
      SALLYPORT_ADMIN_PASSWORD,
    );
  });

  it('reports an invalid value without showing it, because it may be a secret', () => {
    expect(() => readStartSettings({ DATABASE_URL: 'mysql://u:hunter2@h/db' })).toThrow(
      /^(?!.*hunter2)/s,
    );
  });
});
