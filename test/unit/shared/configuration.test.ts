import { describe, expect, it } from 'vitest';

import {
  ConfigurationError,
  contradiction,
  oneOf,
  optional,
  readSettings,
  wholeNumber,
  withDefault,
} from '../../../shared/configuration.ts';

const SETTINGS = {
  LEAST: wholeNumber(1, 10),
  MOST: wholeNumber(1, 10),
  MODE: withDefault('off', oneOf('off', 'on')),
  PLACES: optional(wholeNumber(0, 5)),
};

function problemsOf(env: object): readonly string[] {
  try {
    readSettings(SETTINGS, env, ({ LEAST = 0, MOST = LEAST }) =>
      LEAST > MOST ? [contradiction('LEAST', 'at most MOST')] : [],
    );
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(({ name, message }) => `${name} ${message}`);
  }
}

describe('readSettings()', () => {
  it('reads texts, without the white space around them', () => {
    expect(readSettings(SETTINGS, { LEAST: ' 2\n', MOST: '3', PLACES: '' })).toEqual({
      LEAST: 2,
      MOST: 3,
      MODE: 'off',
      PLACES: undefined,
    });
  });

  it('names all problems at once, with what is allowed', () => {
    expect(problemsOf({ LEAST: '0', MODE: 'maybe', PLACES: '6' })).toEqual([
      'LEAST must be a whole number from 1 to 10',
      'MOST must be set: a whole number from 1 to 10',
      'MODE must be off or on',
      'PLACES must be a whole number from 0 to 5',
    ]);
  });

  it('judges what contradicts each other also beside other problems', () => {
    expect(problemsOf({ LEAST: '5', MOST: '4', MODE: 'maybe' })).toEqual([
      'MODE must be off or on',
      'LEAST must be at most MOST',
    ]);
  });

  it.each(['1e1', '1.0', '0x1', '-1', '+1', 'NaN', '１'])('takes %s for no number', (LEAST) => {
    expect(problemsOf({ LEAST, MOST: '1' })).toHaveLength(1);
  });

  it('does not tell a value, which may be a secret', () => {
    const read = () => readSettings(SETTINGS, { LEAST: 'hunter2', MOST: '1' });
    expect(read).toThrow('Cannot read configuration: LEAST: must be a whole number from 1 to 10');
    expect(read).not.toThrow(/hunter2/);
  });
});
