import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import {
  BEARER,
  BODY_PROBLEMS,
  json,
  optionalJsonBody,
  problems,
  USER_PROBLEMS,
} from '../../kit/documented.ts';
import type { RequestEnv } from '../../kit/request.ts';
import { type ApplicantNeeds, giveUp, identifyApplicant, requestAccess } from './access.ts';
import type { CachedStatus } from './admission-queue.ts';

export type QueueNeeds = ApplicantNeeds & { readonly queueStatus: Pick<CachedStatus, 'read'> };

type QueueRouter = OpenAPIHono<RequestEnv<QueueNeeds>>;

/** The routes by which clients ask for access and wait for it. */
export function queueRoutes(): QueueRouter {
  const app = new OpenAPIHono<RequestEnv<QueueNeeds>>();
  addRequestAccess(app);
  addGiveUp(app);
  addStatus(app);
  return app;
}

const TAG = ['queue'];

const TicketBody = z
  .strictObject({
    ticket: z.string().max(1_024).optional().openapi({
      description: 'Of the place. Without an access token it keeps the place, and nothing more.',
    }),
  })
  .openapi('QueueTicket');

const Granted = z
  .object({
    granted: z.literal(true),
    grant: z.string().openapi({ description: 'For `/connect`, by this session, once.' }),
    expiresIn: z.int().openapi({ description: 'Seconds.' }),
  })
  .openapi('QueueGranted');

const Waiting = z
  .object({
    granted: z.literal(false),
    position: z.int().openapi({ description: '1 for the first.' }),
    etaSeconds: z.int().nullable().openapi({ description: 'null: not known yet.' }),
    ticket: z.string(),
    retryAfterSeconds: z.int().openapi({
      description: 'When to ask again. Who does not for 120 seconds loses the place.',
    }),
  })
  .openapi('QueueWaiting');

const Status = z
  .object({
    open: z.boolean().openapi({ description: 'Whether who comes now is admitted at once.' }),
    waiting: z.int(),
    etaSeconds: z.int().nullable().openapi({ description: 'For who comes now.' }),
  })
  .openapi('QueueStatus');

function addRequestAccess(app: QueueRouter): void {
  const route = createRoute({
    tags: TAG,
    operationId: 'requestAccess',
    method: 'post',
    path: '/request-access',
    summary: 'Ask to be let in, or keep a place in the queue',
    security: [...BEARER, {}],
    request: optionalJsonBody(TicketBody),
    responses: {
      200: json(z.union([Granted, Waiting]), 'A grant, or a place.'),
      ...problems(
        ...BODY_PROBLEMS,
        ...USER_PROBLEMS,
        'AUTHZ_DENIED',
        'AUTH_SCOPE_INSUFFICIENT',
        'CONNECT_QUEUE_TICKET_INVALID',
        'CONNECT_QUEUE_PLACE_LOST',
        'CONNECT_QUEUE_FULL',
        'QUOTA_EXCEEDED',
      ),
    },
  });
  app.openapi(route, async (c) => {
    const { services } = c.var;
    const { ticket } = c.req.valid('json');
    const applicant = await identifyApplicant(c.req.raw.headers, ticket, services);
    return c.json(await requestAccess(applicant, services.queue), 200);
  });
}

function addGiveUp(app: QueueRouter): void {
  const route = createRoute({
    tags: TAG,
    operationId: 'giveUpAccess',
    method: 'delete',
    path: '/request-access',
    summary: 'Give up a place in the queue, or an unused grant',
    security: [...BEARER, {}],
    request: optionalJsonBody(TicketBody),
    responses: {
      204: { description: 'There is none.' },
      ...problems(
        ...BODY_PROBLEMS,
        ...USER_PROBLEMS,
        'AUTHZ_DENIED',
        'AUTH_SCOPE_INSUFFICIENT',
        'CONNECT_QUEUE_TICKET_INVALID',
      ),
    },
  });
  app.openapi(route, async (c) => {
    const { services } = c.var;
    const { ticket } = c.req.valid('json');
    const applicant = await identifyApplicant(c.req.raw.headers, ticket, services);
    await giveUp(applicant, services.queue);
    return c.body(null, 204);
  });
}

function addStatus(app: QueueRouter): void {
  const route = createRoute({
    tags: TAG,
    operationId: 'queueStatus',
    method: 'get',
    path: '/status',
    summary: 'How full it is',
    responses: { 200: json(Status, 'At most five seconds old.'), ...problems() },
  });
  app.openapi(route, async (c) => {
    const { open, waiting, etaSeconds } = await c.var.services.queueStatus.read();
    c.header('cache-control', 'public, max-age=5');
    return c.json({ open, waiting, etaSeconds }, 200);
  });
}
