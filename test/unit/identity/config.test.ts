import { describe, expect, it } from 'vitest';

import { ConfigurationError } from '../../../shared/configuration.ts';
import { parseConfig } from '../../../workers/identity/config.ts';
import { SETTINGS } from '../../support/identity-services.ts';

describe('parseConfig', () => {
  it('reads settings, with the issuer for an empty audience', () => {
    expect(parseConfig(SETTINGS)).toMatchObject({
      issuer: 'https://id.example.test',
      audience: 'https://id.example.test',
      connectUrl: 'wss://id.example.test/connect',
      limits: { refreshSeconds: 604_800 },
      sealing: { previous: undefined },
    });
    expect(parseConfig({ ...SETTINGS, AUDIENCE: 'api' }).audience).toBe('api');
  });

  it.each(['http://localhost', 'http://localhost:8787', 'http://127.0.0.1', 'http://[::1]:1'])(
    'allows the issuer %s',
    (ISSUER) => {
      expect(parseConfig({ ...SETTINGS, ISSUER }).connectUrl).toBe(
        `${ISSUER.replace('http', 'ws')}/connect`,
      );
    },
  );

  /** @demands RFC 9700 §2.6: Connections are encrypted… */
  it.each(['http://id.example.com', 'http://localhost.example.com'])(
    'the issuer %s is refused: plain HTTP is for loopback alone',
    (ISSUER) => {
      const read = () => parseConfig({ ...SETTINGS, ISSUER });
      expect(read).toThrow(ConfigurationError);
      expect(read).toThrow('ISSUER');
      expect(read).not.toThrow(/secret/);
    },
  );

  it.each([
    ['ISSUER', 'https://id.example.com?x'],
    ['ISSUER', 'https://id.example.com/'],
    ['ISSUER', 'https://id.example.com/tenant'],
    ['ISSUER', 'id.example.com'],
    ['ISSUER', undefined],
    ['FIRST_PARTY_CLIENT_ID', ''],
    ['ACCESS_TOKEN_SECONDS', '10'],
    ['ACCESS_TOKEN_SECONDS', 'soon'],
    ['ACCESS_TOKEN_SECONDS', ''],
    ['REFRESH_TOKEN_SECONDS', '-1'],
    ['SESSION_IDLE_SECONDS', '2592000000'],
    ['DATABASE_URL', 'mysql://db-secret'],
    ['DATABASE_PROXY', 'http://127.0.0.1:1/x'],
    ['REFRESH_SEALING_KEY', 'too-short-secret'],
    ['REFRESH_SEALING_KEY_PREVIOUS', 'too-short-secret'],
  ])('names %s where it is %j, and never quotes a value', (name, value) => {
    const read = () => parseConfig({ ...SETTINGS, [name]: value });
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(name);
    expect(read).not.toThrow(/secret/);
  });

  it.each([
    ['SESSION_IDLE_SECONDS', { SESSION_ABSOLUTE_SECONDS: '300' }],
    ['UPSTASH_REDIS_REST_TOKEN', { UPSTASH_REDIS_REST_URL: 'https://redis.example.com' }],
  ])('names %s where it contradicts another', (name, settings) => {
    expect(() => parseConfig({ ...SETTINGS, ...settings })).toThrow(name);
  });
});
