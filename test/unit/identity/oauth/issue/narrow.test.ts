import { describe, expect, it } from 'vitest';
import { narrow } from '../../../../../workers/identity/oauth/issue/narrow.ts';

const OURS = 'https://id.example.test';
const A = 'https://a.example.test/';
const B = 'https://b.example.test/';

const narrowed = (granted: readonly string[], requested: readonly string[]) =>
  narrow(
    { scopes: ['openid'], oauth: { resources: granted } },
    { scope: undefined, resources: requested },
    OURS,
  ).resources;

describe('narrow() to resources (RFC 8707 §2.2)', () => {
  it.each([
    ['all that was granted where none is named', [A, B], [], [A, B]],
    ['the one that is named', [A, B], [B], [B]],
    ['each once', [A, B], [A, A], [A]],
    ['what was granted for another spelling of it', [A, B], ['https://a.example.test'], [A]],
    ['each once in whatever spellings it is named', [A], ['https://A.example.test:443', A], [A]],
    ['our own audience in another spelling', [], [`${OURS}/`], [OURS]],
    ['our own audience where no resource was granted', [], [OURS], [OURS]],
    ['our own audience where it was granted beside others', [A, OURS], [OURS], [OURS]],
  ])('gives %s', (_, granted, requested, resources) => {
    expect(narrowed(granted, requested)).toEqual(resources);
  });

  it.each([
    ['one that was not granted', [A], [B]],
    ['one that was not granted, after one that was', [A], [A, B]],
    ['one that was not granted, before one that was', [A], [B, A]],
    ['our own audience, where only others were granted', [A], [OURS]],
    ['our own audience beside one that was granted', [A], [A, OURS]],
    ['another one, where none was granted', [], [A]],
    ['another one beside our own audience', [], [OURS, A]],
  ])('refuses %s', (_, granted, requested) => {
    expect(() => narrowed(granted, requested)).toThrow(
      expect.objectContaining({ code: 'invalid_target' }),
    );
  });
});
