import { describe, expect, it } from 'vitest';
import type { RequestSource } from '../../../bench/load/plan.ts';
import { rawRequest } from '../../../bench/load/raw-request.ts';
import { Recorder } from '../../../bench/load/recorder.ts';
import { requestQueue } from '../../../bench/load/request-queue.ts';
import { type Answer, ResponseReader } from '../../../bench/load/response.ts';

const LENGTH = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const CHUNKED =
  'HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n';
const EMPTY = 'HTTP/1.1 204 No Content\r\nx-a: b\r\n\r\n';

describe('ResponseReader', () => {
  it.each([
    ['a length', LENGTH, { status: 200, body: 'hello' }],
    ['chunks', CHUNKED, { status: 401, body: 'hello' }],
    ['no body', EMPTY, { status: 204, body: '' }],
  ])('reads an answer with %s, wherever it is split', (_, text, expected) => {
    for (let cut = 1; cut < text.length; cut += 1) {
      const reader = new ResponseReader();
      const answers = [reader.push(text.slice(0, cut)), reader.push(text.slice(cut))];
      expect(answers).toEqual([undefined, expected]);
    }
  });

  it('reads answers that follow each other', () => {
    const reader = new ResponseReader();
    const statuses = [LENGTH, EMPTY, CHUNKED, LENGTH].map((text) => reader.push(text)?.status);
    expect(statuses).toEqual<Answer['status'][]>([200, 204, 401, 200]);
  });
});

describe('rawRequest', () => {
  it('has a content-length only if it has a body', () => {
    expect(rawRequest('GET', '/a', { x: 'y' })).toBe(
      'GET /a HTTP/1.1\r\nhost: bench.localhost\r\nx: y\r\n\r\n',
    );
    expect(rawRequest('POST', '/a', {}, 'body')).toBe(
      'POST /a HTTP/1.1\r\nhost: bench.localhost\r\ncontent-length: 4\r\n\r\nbody',
    );
  });
});

const bodyText = (request: string | undefined): string => request?.split('\r\n\r\n')[1] ?? '';
const bodyOf = (request: string | undefined): unknown => JSON.parse(bodyText(request));

describe('requestQueue', () => {
  it('returns the requests of a rotation in turn, whichever connection takes them', () => {
    const queue = requestQueue({ kind: 'rotate', requests: ['a', 'b', 'c'] }, 2);
    expect([queue.next(0), queue.next(1), queue.next(0), queue.next(1)]).toEqual([
      'a',
      'b',
      'c',
      'a',
    ]);
  });

  it('returns one-use requests once each', () => {
    const queue = requestQueue({ kind: 'once', requests: ['a', 'b'] }, 2);
    expect([queue.next(0), queue.next(1), queue.next(0), queue.next(1)]).toEqual([
      'a',
      'b',
      undefined,
      undefined,
    ]);
  });

  const chain: RequestSource = {
    kind: 'chain',
    path: '/refresh',
    headers: {},
    member: 'token',
    tokens: ['a0', 'b0', 'a1', 'b1', 'a2'],
  };

  it('gives each connection tokens of its own chain', () => {
    const queue = requestQueue(chain, 2);
    const sent = [0, 0, 0, 0, 1, 1, 1].map((connection) => bodyOf(queue.next(connection)));
    expect(sent.map((body) => Object.values(body ?? {})[0])).toEqual([
      'a0',
      'a1',
      'a2',
      'a0',
      'b0',
      'b1',
      'b0',
    ]);
  });

  it('uses the token of the last answer', () => {
    const queue = requestQueue(chain, 5);
    queue.next(3);
    queue.answered(3, { status: 200, body: '{"token":"b1 next","other":1}' });
    expect(bodyOf(queue.next(3))).toEqual({ token: 'b1 next' });
    expect(queue.tokens()).toEqual(['a0', 'b0', 'a1', 'b1 next', 'a2']);
  });

  it('sends a form if there are fields beside the token', () => {
    const form = { grant_type: 'refresh_token', client_id: 'a b' };
    const request = requestQueue({ ...chain, form, tokens: ['x&y'] }, 1).next(0);
    expect(request).toContain('content-type: application/x-www-form-urlencoded\r\n');
    expect([...new URLSearchParams(bodyText(request))]).toEqual([
      ['grant_type', 'refresh_token'],
      ['client_id', 'a b'],
      ['token', 'x&y'],
    ]);
  });

  it('keeps its token after a refusal, and counts a success without a token as a failure', () => {
    const queue = requestQueue(chain, 5);
    queue.next(0);
    queue.answered(0, { status: 401, body: '{"code":"TOKEN_REFRESH_INVALID"}' });
    expect(queue.tokens()[0]).toBe('a0');
    expect(() => queue.answered(0, { status: 200, body: '{}' })).toThrow('no token');
  });

  it('refuses more connections than tokens', () => {
    expect(() => requestQueue(chain, 6).next(5)).toThrow(RangeError);
  });
});

describe('Recorder', () => {
  it('measures latencies in its measured time only, but counts every answer', () => {
    const recorder = new Recorder(1_000, 3_000);
    recorder.answered(200, 998, 999);
    recorder.answered(200, 1_000, 1_001);
    recorder.answered(204, 1_500, 1_503);
    recorder.answered(200, 2_999, 3_000);
    const summary = recorder.summary();
    expect(summary).toMatchObject({ perSecond: 1, answered: 4, refused: {}, lost: 0 });
    expect([summary.p50, summary.p99]).toEqual([2_000, 3_000]);
  });

  it('measures until the requests are used up', () => {
    const recorder = new Recorder(1_000, 9_000);
    recorder.answered(200, 1_000, 1_400);
    recorder.end(1_500);
    recorder.answered(200, 1_400, 1_600);
    expect(recorder.summary()).toMatchObject({ perSecond: 2, answered: 2 });
  });

  it('has no measurements if the requests are used up before', () => {
    const recorder = new Recorder(1_000, 9_000);
    recorder.answered(200, 500, 600);
    recorder.end(700);
    expect(recorder.summary()).toMatchObject({ perSecond: 0, answered: 1 });
  });

  it('counts answers that are not 2xx by status, also in the warm-up', () => {
    const recorder = new Recorder(1_000, 2_000);
    for (const status of [199, 300, 429, 429, 299]) recorder.answered(status, 0, 1);
    recorder.lost(2);
    expect(recorder.summary()).toMatchObject({ refused: { 199: 1, 300: 1, 429: 2 }, lost: 2 });
  });

  it('reports how late requests were sent', () => {
    const recorder = new Recorder(0, 1_000);
    recorder.sent(10, 12);
    recorder.sent(20, 25);
    expect(recorder.summary().lateP99).toBe(5_000);
  });
});
