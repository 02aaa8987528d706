import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import {
  ADMINISTRATOR_PROBLEMS,
  BEARER,
  BODY_PROBLEMS,
  json,
  jsonBody,
  problems,
} from '../../kit/documented.ts';
import type { RequestEnv } from '../../kit/request.ts';
import { type AdministratorNeeds, requireAdministrator } from '../../kit/require.ts';
import { type AdmissionQueue, type AdmissionQueueNeeds, NO_QUEUE } from './admission-queue.ts';

export type QueueAdministrationNeeds = AdministratorNeeds & AdmissionQueueNeeds;

type QueueAdministrationRouter = OpenAPIHono<RequestEnv<QueueAdministrationNeeds>>;

/** The routes of the queue for administrators. */
export function queueAdministrationRoutes(): QueueAdministrationRouter {
  const app = new OpenAPIHono<RequestEnv<QueueAdministrationNeeds>>();
  addRead(app);
  addChange(app);
  addRelease(app);
  return app;
}

const Status = z
  .object({
    enabled: z.boolean().openapi({ description: 'Whether `QUEUE_CAPACITY` is set.' }),
    open: z.boolean(),
    waiting: z.int(),
    held: z.int().openapi({ description: 'Seats that are taken or kept, and unused grants.' }),
    capacity: z.int(),
    paused: z.boolean(),
    etaSeconds: z.int().nullable(),
  })
  .openapi('QueueAdministration');

const Change = z
  .strictObject({
    capacity: z.int().min(0).max(10_000_000).nullable().optional().openapi({
      description: 'null: what `QUEUE_CAPACITY` says.',
    }),
    paused: z.boolean().optional().openapi({ description: 'Nobody is admitted but by release.' }),
  })
  .openapi('QueueChange');

const Release = z.strictObject({ count: z.int().min(1).max(50_000) }).openapi('QueueRelease');

const ADMINISTRATION = {
  tags: ['queue'],
  security: BEARER,
  middleware: requireAdministrator,
};

function addRead(app: QueueAdministrationRouter): void {
  const route = createRoute({
    ...ADMINISTRATION,
    operationId: 'readQueue',
    method: 'get',
    path: '/',
    summary: 'Read the state of the queue',
    responses: { 200: json(Status, 'As it is now.'), ...problems(...ADMINISTRATOR_PROBLEMS) },
  });
  app.openapi(route, async (c) => {
    const { isOn: enabled, object } = c.var.services.queue;
    const read = async () => object().status();
    const status = enabled ? await orUnavailable('the queue', read) : NO_QUEUE;
    return c.json({ enabled, ...status }, 200);
  });
}

function addChange(app: QueueAdministrationRouter): void {
  const route = createRoute({
    ...ADMINISTRATION,
    operationId: 'changeQueue',
    method: 'put',
    path: '/',
    summary: 'Change the capacity, or pause',
    request: jsonBody(Change),
    responses: {
      200: json(Status, 'It is changed, until it is changed again.'),
      ...problems(...BODY_PROBLEMS, ...ADMINISTRATOR_PROBLEMS, 'CONFLICT'),
    },
  });
  app.openapi(route, async (c) => {
    const { object } = existing(c.var.services.queue);
    const status = await orUnavailable('the queue', async () =>
      object().change(c.req.valid('json')),
    );
    return c.json({ enabled: true, ...status }, 200);
  });
}

function addRelease(app: QueueAdministrationRouter): void {
  const route = createRoute({
    ...ADMINISTRATION,
    operationId: 'releaseQueue',
    method: 'post',
    path: '/release',
    summary: 'Admit the next of those who wait, whatever the capacity',
    request: jsonBody(Release),
    responses: {
      200: json(z.object({ released: z.int() }), 'So many are admitted as soon as they ask.'),
      ...problems(...BODY_PROBLEMS, ...ADMINISTRATOR_PROBLEMS, 'CONFLICT'),
    },
  });
  app.openapi(route, async (c) => {
    const { object } = existing(c.var.services.queue);
    const { count } = c.req.valid('json');
    return c.json(
      { released: await orUnavailable('the queue', async () => object().release(count)) },
      200,
    );
  });
}

/** @throws {Problem} `CONFLICT` */
function existing(queue: AdmissionQueue): AdmissionQueue {
  if (queue.isOn) return queue;
  throw new Problem('CONFLICT', { detail: 'There is no queue: QUEUE_CAPACITY is not set' });
}
