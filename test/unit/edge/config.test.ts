import { describe, expect, it } from 'vitest';
import { misconfigured } from '../../../workers/edge/app.ts';
import { parseConfig, type Settings } from '../../../workers/edge/config.ts';
import { EdgeFixture, SETTINGS } from '../../support/edge-fixture.ts';

describe('parseConfig', () => {
  it('reads settings as they stand in wrangler.toml', () => {
    const config = parseConfig({
      ...SETTINGS,
      // An origin is one with and without the slash (RFC 3986 §6.2.3).
      CORS_ORIGINS: ' https://app.example.test  http://localhost:3000/ ',
      SIGNING_ALGORITHMS: 'ES256 EdDSA',
      RATE_LIMIT_SCALE: '0.5',
    });
    expect(config).toEqual({
      issuer: SETTINGS.ISSUER,
      audience: SETTINGS.ISSUER,
      algorithms: new Set(['ES256', 'EdDSA']),
      corsOrigins: new Set(['https://app.example.test', 'http://localhost:3000']),
      rateLimits: {
        global: 0,
        ip: 30,
        oauth: 300,
        pages: 600,
        documents: 3_000,
        connect: 3_000,
        user: 50,
        client: 3_000,
        token: 3_000,
      },
      dpopNonceRequired: true,
      queryTokenAllowed: false,
      revocation: { maxAge: 5_000, unreachableAge: 60_000 },
    });
  });

  it.each(['http://127.0.0.1', 'http://localhost:8787', 'http://[::1]:8787', 'https://a.test'])(
    'admits the issuer %s',
    (ISSUER) => {
      expect(parseConfig({ ...SETTINGS, ISSUER }).issuer).toBe(ISSUER);
    },
  );

  it.each<[keyof Settings, string]>([
    ['ISSUER', ''],
    ['ISSUER', 'id.example.test'],
    ['ISSUER', 'http://id.example.test'],
    ['ISSUER', 'https://id.example.test/?a=b'],
    ['ISSUER', 'https://id.example.test/'],
    ['ISSUER', 'https://id.example.test/path'],
    ['ISSUER', 'https://user@id.example.test'],
    ['SIGNING_ALGORITHMS', ''],
    ['SIGNING_ALGORITHMS', 'none'],
    ['SIGNING_ALGORITHMS', 'ES256 HS256'],
    ['CORS_ORIGINS', 'null'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://app.example.test//'],
    ['CORS_ORIGINS', 'https://app.example.test/x'],
    ['CORS_ORIGINS', 'https://*.example.test'],
    ['CORS_ORIGINS', 'app.example.test'],
    ['RATE_LIMIT_SCALE', '0'],
    ['RATE_LIMIT_SCALE', '-1'],
    ['RATE_LIMIT_SCALE', 'Infinity'],
    ['RATE_LIMIT_SCALE', 'many'],
    ['RATE_LIMIT_GLOBAL', '-1'],
    ['RATE_LIMIT_USER', '1.5'],
    ['RATE_LIMIT_IP', ''],
    ['RATE_LIMIT_PAGES', '1e3'],
    ['RATE_LIMIT_TOKEN', '0'],
    ['RATE_LIMIT_OAUTH', '-1'],
    ['DPOP_NONCE', ''],
    ['DPOP_NONCE', 'Required'],
    ['QUERY_TOKEN', ''],
    ['QUERY_TOKEN', 'yes'],
    ['REVOCATION_MAX_AGE_SECONDS', '0'],
    ['REVOCATION_MAX_AGE_SECONDS', '61'],
    ['REVOCATION_UNREACHABLE_SECONDS', '4'],
  ])('refuses %s=%j, and names it', (name, value) => {
    expect(() => parseConfig({ ...SETTINGS, [name]: value })).toThrow(
      `Cannot read configuration: ${name}: must be `,
    );
  });

  it.each(['ISSUER', 'QUERY_TOKEN', 'RATE_LIMIT_IP'] as const)(
    'refuses to do without %s',
    (name) => {
      const settings = { ...SETTINGS, [name]: undefined };
      expect(() => parseConfig(settings)).toThrow(name);
    },
  );
});

describe('a misconfigured edge', () => {
  it('answers every request with an error that names the setting', async () => {
    const wrong = new Error('Cannot read setting ISSUER: it is not a URL');
    const edge = misconfigured(wrong, () => {}, await EdgeFixture.start());
    for (const path of ['/', '/health', '/auth/token/validate']) {
      const request = new Request(`https://id.example.test${path}`);
      const response = await edge.fetch(request, { waitUntil: () => {} });
      expect(response.status).toBe(500);
      expect(await response.json()).toMatchObject({
        detail: 'Error: Cannot read setting ISSUER: it is not a URL',
      });
    }
  });
});
