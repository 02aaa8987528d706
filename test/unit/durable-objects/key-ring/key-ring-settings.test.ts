import { describe, expect, it } from 'vitest';

import {
  type KeyRingVariables,
  parseKeyRingSettings,
} from '../../../../durable-objects/key-ring/key-ring-settings.ts';
import { days, seconds } from '../../../../shared/clock.ts';

const good: KeyRingVariables = {
  KEY_ENCRYPTION_KEY: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8',
  ROTATION_DAYS: '90',
  PREVIOUS_KEY_SECONDS: '86400',
  LONGEST_TOKEN_SECONDS: '3600',
};

describe('settings', () => {
  it('are parsed into units', () => {
    expect(parseKeyRingSettings(good)).toEqual({
      keyEncryptionKey: Uint8Array.from({ length: 32 }, (_, index) => index),
      rotationPeriod: days(90),
      retention: days(1),
    });
  });

  it('[KR10] keep a key for the longest token, if that is longer', () => {
    const { retention } = parseKeyRingSettings({ ...good, LONGEST_TOKEN_SECONDS: '172800' });
    expect(retention).toBe(days(2) + seconds(30));
  });

  it.each([
    ['KEY_ENCRYPTION_KEY', ''],
    ['KEY_ENCRYPTION_KEY', 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg'],
    ['KEY_ENCRYPTION_KEY', 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='],
    ['KEY_ENCRYPTION_KEY', 'not base64url: the private words of someone'],
    ['ROTATION_DAYS', '0'],
    ['ROTATION_DAYS', '-1'],
    ['ROTATION_DAYS', '1e2'],
    ['ROTATION_DAYS', 'ninety days'],
    ['PREVIOUS_KEY_SECONDS', ''],
    ['LONGEST_TOKEN_SECONDS', '99999999999'],
  ] as const)('[KR15] refuse %s = "%s", naming the setting but not its value', (name, value) => {
    let message = '';
    try {
      parseKeyRingSettings({ ...good, [name]: value });
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(`Cannot read configuration: ${name}: `);
    if (value.length > 2) expect(message).not.toContain(value);
  });

  it.each(Object.keys(good))('[KR15] are invalid without %s', (name) => {
    const { [name as keyof KeyRingVariables]: _missing, ...rest } = good;
    expect(() => parseKeyRingSettings(rest as KeyRingVariables)).toThrow(name);
  });
});
