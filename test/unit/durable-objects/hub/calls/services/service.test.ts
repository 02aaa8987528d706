import { describe, expect, it } from 'vitest';
import { toAnswer } from '../../../../../../durable-objects/hub/calls/services/service.ts';
import { fromUtf8, utf8 } from '../../../../../../shared/bytes.ts';
import {
  type Answer,
  emptyAnswer,
  presentAnswer,
} from '../../../../../../shared/hub-protocol/answer.ts';

const NONE = new Uint8Array();

function waitOf(headers: Readonly<Record<string, string>>): number | undefined {
  return toAnswer({ status: 429, headers: new Headers(headers), body: NONE }).retryAfterMs;
}

describe('retryAfterMs', () => {
  const date = 'Wed, 25 Nov 2026 10:00:00 GMT';

  it.each([
    [{ 'retry-after': '3' }, 3_000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': 'Wed, 25 Nov 2026 10:00:30 GMT', date }, 30_000],
    [{ 'retry-after': 'Wed, 25 Nov 2026 09:00:00 GMT', date }, 0],
    [{ 'retry-after': 'Wed, 25 Nov 2026 10:00:30 GMT' }, undefined],
    [{ 'retry-after': '-3', date }, undefined],
    [{ 'retry-after': 'soon', date }, undefined],
    [{ 'retry-after': '99999999999' }, undefined],
    [{}, undefined],
  ])('[H34] is read from %j: %s', (headers, wait) => {
    expect(waitOf(headers)).toBe(wait);
  });

  it('[H34] is absent from an answer without an error', () => {
    const headers = new Headers({ 'retry-after': '3' });
    expect(toAnswer({ status: 200, headers, body: NONE })).not.toHaveProperty('retryAfterMs');
  });
});

describe('the answer to an error', () => {
  const json = (answer: Answer): unknown => JSON.parse(fromUtf8(answer.payload));
  const theirs = { ...emptyAnswer('Service_Conflict'), payload: utf8('{"detail":"no","n":1.0}') };

  it('[H34] has retryAfterMs besides the service’s members', () => {
    expect(json(presentAnswer({ ...theirs, retryAfterMs: 5 }, true))).toEqual({
      detail: 'no',
      n: 1,
      retryAfterMs: 5,
    });
    const ours = { ...emptyAnswer('Service_Unavailable'), retryAfterMs: 7 };
    expect(json(presentAnswer(ours, true))).toMatchObject({
      code: 'Service_Unavailable',
      status: 503,
      retryAfterMs: 7,
    });
    for (const payload of [utf8('[1]'), utf8('null'), utf8('{'), new Uint8Array([0xff])]) {
      const odd = { ...emptyAnswer('Service_Conflict'), payload, retryAfterMs: 7 };
      expect(json(presentAnswer(odd, true))).toMatchObject({ retryAfterMs: 7 });
    }
  });

  it('[H33] is the service’s problem document unchanged if there is nothing to add, and empty for a client that asked for none', () => {
    expect(presentAnswer(theirs, true)).toBe(theirs);
    expect(presentAnswer({ ...theirs, retryAfterMs: 5 }, false).payload).toEqual(NONE);
  });
});
