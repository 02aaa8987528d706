import { describe, expect, it } from 'vitest';

import { examplePayload } from '../../../../web/inspector/example.ts';

const example = (schema: unknown): unknown => JSON.parse(examplePayload(schema));

describe('examplePayload', () => {
  it('is empty where the schema demands nothing', () => {
    expect([null, undefined, {}, 'text'].map(examplePayload)).toEqual(['', '', '', '']);
  });

  it('has the required properties only', () => {
    const properties = { accessToken: { type: 'string' }, note: { type: 'string' } };
    expect(example({ type: 'object', properties, required: ['accessToken'] })).toEqual({
      accessToken: '',
    });
  });

  it('has every property where none is required', () => {
    const properties = {
      email: { type: 'string', format: 'email' },
      count: { type: 'integer', minimum: 3 },
      isNew: { type: 'boolean' },
      tags: { type: 'array', items: { type: 'string', enum: ['a', 'b'] } },
      nothing: { type: ['null', 'string'] },
      any: {},
    };
    expect(example({ type: 'object', properties })).toEqual({
      email: 'ada@example.com',
      count: 3,
      isNew: false,
      tags: ['a'],
      nothing: null,
      any: {},
    });
  });

  it('uses the example of the schema', () => {
    for (const keyword of ['example', 'default', 'const']) {
      expect(example({ type: 'string', [keyword]: 'given' })).toBe('given');
    }
    expect(example({ type: 'string', examples: ['given'] })).toBe('given');
  });

  it('follows references within the schema, and uses the first of several alternatives', () => {
    const schema = {
      anyOf: [{ $ref: '#/$defs/A~1B' }, { type: 'string' }],
      $defs: { 'A/B': { oneOf: [{ type: 'integer' }] } },
    };
    expect(example(schema)).toBe(0);
    expect(example({ $ref: '#/nowhere' })).toEqual({});
    expect(example({ $ref: 'https://example.test/' })).toEqual({});
  });

  it('is finite where a schema contains itself', () => {
    const node = { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] };
    expect(examplePayload(node).length).toBeLessThan(500);
  });
});
