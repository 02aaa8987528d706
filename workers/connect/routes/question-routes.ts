import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { unreachable } from '../../../shared/result.ts';
import type { AppEnv, ConnectApp } from '../context.ts';
import { requirePublisher } from '../middleware/require.ts';
import { EventNameSchema, IdSchema, PayloadSchema } from '../publishing/event-schemas.ts';
import { type AnswerView, viewAnswer } from '../questions/answer-view.ts';
import { type AskOutcome, askClient } from '../questions/ask-client.ts';
import { BEARER, BODY_PROBLEMS, json, PUBLISHER_PROBLEMS, problems } from './documented.ts';

const question = {
  eventName: EventNameSchema,
  payload: PayloadSchema.optional(),
  timeoutMs: z.int().min(100).max(30_000).default(30_000),
};
const QuestionSchema = z.union([
  z.strictObject({ sessionId: IdSchema, userId: IdSchema.optional(), ...question }),
  z.strictObject({ userId: IdSchema, ...question }),
]);

const AnswerSchema = z.object({
  code: z.int().openapi({ description: 'The response code; 0 is OK.' }),
  name: z.string().nullable(),
  payload: z.unknown().optional(),
  payloadBase64: z.string().optional().openapi({ description: 'What is no JSON.' }),
});

/** Asks a client, and waits for its response. */
export function questionRoutes(): ConnectApp {
  const app = new OpenAPIHono<AppEnv>();
  const route = createRoute({
    method: 'post',
    path: '/rpc',
    operationId: 'askClient',
    tags: ['connect'],
    summary: 'Ask a client, and wait for its answer',
    description:
      'Sends a request to the newest connection of a session, or to the one connection of a user. Only that connection can answer.',
    security: BEARER,
    middleware: [requirePublisher] as const,
    request: {
      body: { required: true, content: { 'application/json': { schema: QuestionSchema } } },
    },
    responses: {
      200: json(AnswerSchema, 'What the client answered, also if it is an error.'),
      ...problems(
        ...PUBLISHER_PROBLEMS,
        ...BODY_PROBLEMS,
        'CONNECT_CLIENT_NOT_CONNECTED',
        'CONNECT_CLIENT_AMBIGUOUS',
        'CONNECT_CLIENT_TIMEOUT',
      ),
    },
  });
  app.openapi(route, async (c) => {
    const { eventName, payload = {}, timeoutMs, ...asked } = c.req.valid('json');
    const ask = { eventName, payload, timeout: timeoutMs };
    const outcome = await orUnavailable('a hub', () =>
      askClient(c.var.services.network, asked, ask),
    );
    return c.json(answered(outcome), 200);
  });
  return app;
}

function answered(outcome: AskOutcome): AnswerView {
  switch (outcome.as) {
    case 'answered':
      return viewAnswer(outcome);
    case 'not_connected':
    case 'disconnected':
      throw new Problem('CONNECT_CLIENT_NOT_CONNECTED');
    case 'timeout':
      throw new Problem('CONNECT_CLIENT_TIMEOUT');
    case 'ambiguous':
      throw new Problem('CONNECT_CLIENT_AMBIGUOUS', { detail: 'Name the session that is meant' });
    default:
      return unreachable(outcome);
  }
}
