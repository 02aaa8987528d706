import { describe, expect, it } from 'vitest';
import {
  RESPONSE_CODES,
  responseToStatus,
} from '../../../../shared/hub-protocol/response-codes.ts';
import { negotiateSubprotocol } from '../../../../shared/hub-protocol/subprotocol.ts';

describe('response codes', () => {
  it.each([
    [200, 0],
    [201, 0],
    [204, 0],
    [206, 0],
    [302, 60],
    [304, 60],
    [400, 50],
    [401, 52],
    [403, 52],
    [404, 51],
    [409, 53],
    [410, 51],
    [412, 50],
    [413, 50],
    [422, 50],
    [429, 54],
    [500, 60],
    [501, 60],
    [502, 62],
    [503, 62],
    [504, 61],
  ])('[H25] carries the status %i as %i', (status, code) => {
    expect(RESPONSE_CODES[responseToStatus(status)].code).toBe(code);
  });

  it('are all different', () => {
    const codes = Object.values(RESPONSE_CODES).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe('subprotocols', () => {
  it.each([
    [null, undefined],
    ['', undefined],
    ['chat', undefined],
    ['sallyport.v2', undefined],
    ['sallyport.v1', 'sallyport.v1'],
    ['sallyport.v1, bearer.abc', 'sallyport.v1'],
    ['bearer.abc,sallyport.v1+problem', 'sallyport.v1+problem'],
    ['sallyport.v1, sallyport.v1+problem', 'sallyport.v1+problem'],
    ['bearer.sallyport.v1', undefined],
  ])('[CN3] chooses from %j: %j', (offered, chosen) => {
    const headers = new Headers(offered === null ? {} : { 'sec-websocket-protocol': offered });
    expect(negotiateSubprotocol(headers)).toBe(chosen);
  });
});
