import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';

import {
  encodePrincipal,
  PRINCIPAL_HEADER,
  type Principal,
} from '../../shared/contracts/edge/principal.ts';
import { serve } from '../../workers/connect/worker.ts';
import { aPrincipal } from './hub-fixture.ts';

/** A service with a token of its own. */
export const SERVICE: Principal = {
  ...aPrincipal({ scopes: ['connect:publish'], roles: [] }),
  sessionId: null,
};
export const ADMINISTRATOR: Principal = aPrincipal({ roles: ['user', 'admin'] });

export type ConnectReply = {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads any shape and asserts it
  readonly json: any;
};

/** Asks the connect Worker what `edge` would, under `/api/v1/connect`. */
export async function callConnect(
  path: string,
  principal: Principal | undefined,
  body?: unknown,
  change: Partial<ConnectEnv> = {},
  method = body === undefined ? 'GET' : 'POST',
): Promise<ConnectReply> {
  const request = new Request(`https://id.example.test/api/v1/connect${path}`, {
    method,
    headers: {
      ...(principal === undefined ? {} : { [PRINCIPAL_HEADER]: encodePrincipal(principal) }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const context = { ...createExecutionContext(), props: { caller: 'edge' } };
  const response = await serve(request, { ...env, ...change }, context);
  const text = await response.text();
  const json = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, json };
}
