import type { OpenApiDocument } from '../../../shared/contracts/http/worker-rpc.ts';

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

/** The OpenAPI description of the upgrade, which the router does not see. */
export const SOCKET_PATHS: OpenApiDocument['paths'] = {
  '/connect': {
    get: {
      tags: ['connect'],
      operationId: 'connect',
      summary: 'Opens a WebSocket to the hub',
      description:
        'Binary frames only; the first one from the server is the capability manifest. Subprotocols: `sallyport.v1`, `sallyport.v1+problem`. Instead of an access token: `Authorization: Reconnect <reconnection token>`, or a ticket.',
      security: [{ bearer: [] }],
      parameters: [
        {
          name: 'manifest',
          in: 'query',
          schema: { type: 'string' },
          description:
            'The `manifestHash` of the manifest that the client has: if it is still true, it is not repeated.',
        },
        {
          name: 'lastSequence',
          in: 'query',
          description: 'Go on after this event, where the connection was lost',
          schema: { type: 'integer', minimum: 0, maximum: 4_294_967_295 },
        },
        {
          name: 'ticket',
          in: 'query',
          description: 'Of `POST /api/v1/connect/tickets`; good once',
          schema: { type: 'string' },
        },
      ],
      responses: {
        '101': { description: 'The socket is open' },
        '400': problem('`lastSequence` is no sequence, or the request is no WebSocket upgrade'),
        '401': problem('What was presented, or its session, is not valid'),
        '403': problem(
          'The access token stands for no session, or lacks the scope `connect`, which only first-party clients do not need',
        ),
        '409': problem('The same session has connected again in the meantime'),
        '413': problem('The access token says more than a connection can keep'),
        '503': problem('A part of the service is unavailable'),
      },
    },
  },
};
