import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import type { Question, QuestionOutcome } from '../../../shared/contracts/connect/hub-rpc.ts';
import { PUBLISH_SCOPE } from '../../../shared/contracts/identity/oauth-terms.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { parseJson } from '../../../shared/hub-protocol/json-payload.ts';
import { RESPONSE_CODES } from '../../../shared/hub-protocol/response-codes.ts';
import { unreachable } from '../../../shared/result.ts';
import {
  BEARER,
  BODY_PROBLEMS,
  json,
  jsonBody,
  problems,
  SCOPE_PROBLEMS,
} from '../../kit/documented.ts';
import type { RequestEnv } from '../../kit/request.ts';
import { type AdministratorNeeds, requireScope } from '../../kit/require.ts';
import type { HubNetwork, NetworkNeeds } from '../hubs/hub-network.ts';
import { IdSchema, recipientsOf } from '../hubs/recipients.ts';
import { EventNameSchema, PayloadSchema } from './event-schemas.ts';

export type QuestionNeeds = AdministratorNeeds & NetworkNeeds;

type QuestionRouter = OpenAPIHono<RequestEnv<QuestionNeeds>>;

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
export function questionRoutes(): QuestionRouter {
  const app = new OpenAPIHono<RequestEnv<QuestionNeeds>>();
  const route = createRoute({
    method: 'post',
    path: '/rpc',
    operationId: 'askClient',
    tags: ['connect'],
    summary: 'Ask a client, and wait for its answer',
    description:
      'Sends a request to the newest connection of a session, or to the one connection of a user. Only that connection can answer.',
    security: BEARER,
    middleware: requireScope(PUBLISH_SCOPE),
    request: jsonBody(QuestionSchema),
    responses: {
      200: json(AnswerSchema, 'What the client answered, also if it is an error.'),
      ...problems(
        ...SCOPE_PROBLEMS,
        ...BODY_PROBLEMS,
        'CONNECT_CLIENT_NOT_CONNECTED',
        'CONNECT_CLIENT_AMBIGUOUS',
        'CONNECT_CLIENT_TIMEOUT',
      ),
    },
  });
  app.openapi(route, async (c) => {
    const { eventName, payload = {}, timeoutMs, ...respondent } = c.req.valid('json');
    const ask = { eventName, payload, timeout: timeoutMs };
    const outcome = await orUnavailable('a hub', () =>
      askClient(c.var.services.network, respondent, ask),
    );
    return c.json(toAnswer(outcome), 200);
  });
  return app;
}

function toAnswer(outcome: AskOutcome): AnswerView {
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

/** A session, or a user who has one connection. */
type Respondent =
  | { readonly sessionId: string; readonly userId?: string | undefined }
  | { readonly userId: string };

type AskOutcome = QuestionOutcome | { readonly as: 'ambiguous' };

/**
 * Asks a client, at whatever hub it is connected.
 *
 * @throws If a directory, the registry or a hub cannot be reached.
 */
async function askClient(
  network: HubNetwork,
  respondent: Respondent,
  question: Omit<Question, 'sessionId'>,
): Promise<AskOutcome> {
  const hubs = (await recipientsOf(network, [respondent]))(respondent);
  if ('sessionId' in respondent)
    return askAt(network, hubs, { ...question, sessionId: respondent.sessionId });

  const views = await network.ask(hubs, (hub) => hub.connectionsOf(respondent.userId));
  const [sessionId, ...others] = new Set(views.flat().map((view) => view.sessionId));
  if (sessionId === undefined) return { as: 'not_connected' };
  return others.length === 0
    ? askAt(network, hubs, { ...question, sessionId })
    : { as: 'ambiguous' };
}

/** Asks each of these hubs. One has the session, or none if it disconnected in the meantime. */
async function askAt(
  network: HubNetwork,
  hubs: readonly string[],
  question: Question,
): Promise<QuestionOutcome> {
  const outcomes = await network.ask(hubs, (hub) => hub.ask(question));
  return outcomes.find(({ as }) => as !== 'not_connected') ?? { as: 'not_connected' };
}

type Answered = {
  readonly code: number;
  readonly payload: Uint8Array;
  readonly binary: boolean;
};

type AnswerView = {
  code: number;
  /** The name of the response code. `null` if the protocol has no such code. */
  name: string | null;
  /** The JSON that the client sent. `null` if it sent an empty payload. */
  payload?: unknown;
  /** A payload that is not JSON. */
  payloadBase64?: string;
};

/** A client's response as JSON: its payload parsed, or in base64 if it is not JSON. */
const viewAnswer = ({ code, payload, binary }: Answered): AnswerView => ({
  code,
  name: nameOf(code),
  ...(binary ? base64Of(payload) : (readJsonPayload(payload) ?? base64Of(payload))),
});

function nameOf(code: number): string | null {
  const named = Object.entries(RESPONSE_CODES).find(([, one]) => one.code === code);
  return named?.[0] ?? null;
}

const base64Of = (payload: Uint8Array): AnswerPayload => ({ payloadBase64: payload.toBase64() });

type AnswerPayload = Pick<AnswerView, 'payload' | 'payloadBase64'>;

function readJsonPayload(payload: Uint8Array): AnswerPayload | undefined {
  if (payload.length === 0) return { payload: null };
  const value = parseJson(payload);
  return value === undefined ? undefined : { payload: value };
}
