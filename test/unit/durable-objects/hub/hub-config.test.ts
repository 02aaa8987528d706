import { describe, expect, it } from 'vitest';
import { type HubEnv, readHubSettings } from '../../../../durable-objects/hub/hub-config.ts';

const good = {
  SERVICE_GUID_SALT: 'AAECAwQFBgcICQoLDA0ODw',
  RECONNECTION_WINDOW_SECONDS: '300',
  MAX_PAYLOAD_BYTES: '1024',
  MESSAGES_PER_MINUTE: '10',
  MAX_CHANNEL: '65535',
  MAX_IN_FLIGHT: '2',
  BROADCAST_MODE: 'relayed',
  COMPRESSION: 'off',
  COMPRESSION_THRESHOLD: '1024',
  COMPRESSION_QUALITY: '1',
  ISSUER: 'https://id.example.test',
  AUDIENCE: '',
  SIGNING_ALGORITHMS: 'ES256 EdDSA',
  OUTBOUND_LOOPBACK: 'off',
  FIRST_PARTY_CLIENT_ID: 'sallyport',
} as unknown as HubEnv;

describe('the settings of a hub', () => {
  it('are parsed, and the audience is the issuer by default', () => {
    expect(readHubSettings(good)).toMatchObject({
      limits: { maxPayloadBytes: 1_024, messagesPerMinute: 10, maxChannel: 65_535, maxInFlight: 2 },
      audience: 'https://id.example.test',
      algorithms: new Set(['ES256', 'EdDSA']),
    });
  });

  it.each([
    ['SERVICE_GUID_SALT', 'AAEC'],
    ['SERVICE_GUID_SALT', 'not base64url!'],
    ['SERVICE_GUID_SALT', 'AAECAwQFBgcICQoLDA0ODw AAEC'],
    ['RECONNECTION_WINDOW_SECONDS', '0'],
    ['MAX_PAYLOAD_BYTES', '0'],
    ['MESSAGES_PER_MINUTE', 'many'],
    ['OUTBOUND_LOOPBACK', 'yes'],
    ['MAX_CHANNEL', '65536'],
    ['MAX_IN_FLIGHT', '1.5'],
    ['BROADCAST_MODE', 'everybody'],
    ['COMPRESSION', 'brotli'],
    ['COMPRESSION_THRESHOLD', '0'],
    ['COMPRESSION_QUALITY', '12'],
    ['COMPRESSION_QUALITY', '-1'],
    ['ISSUER', 'id.example.test'],
    ['SIGNING_ALGORITHMS', 'ES256 none'],
    ['SIGNING_ALGORITHMS', ''],
    ['FIRST_PARTY_CLIENT_ID', ''],
  ])('that are invalid are named by the error: %s=%s', (name, value) => {
    expect(() => readHubSettings({ ...good, [name]: value })).toThrow(name);
    expect(() => readHubSettings({ ...good, [name]: value })).toThrow(/^Cannot read configuration/);
  });
});
