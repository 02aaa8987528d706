import { type Endpoint, EVERYBODY } from './endpoint.ts';

/** With it a client says that it no longer waits for a call [H30]. */
export const CANCEL: Endpoint = {
  service: 'connect',
  method: 'POST',
  path: '/connect/cancel',
  description: 'Cancels a call of this connection that is under way or queued',
  requestSchema: {
    type: 'object',
    properties: {
      messageId: {
        type: ['string', 'integer'],
        description: 'Of the call. In text decimal, or hexadecimal after 0x',
      },
    },
    required: ['messageId'],
  },
  responseSchema: {
    type: 'object',
    properties: { cancelled: { type: 'boolean' } },
    required: ['cancelled'],
  },
  needsBody: true,
  repeatable: true,
  permission: EVERYBODY,
};

/** With it a client says up to which event it has received its stream [H57]. */
export const ACKNOWLEDGE: Endpoint = {
  service: 'connect',
  method: 'POST',
  path: '/connect/ack',
  description: 'Says that every event up to a sequence has been taken',
  requestSchema: {
    type: 'object',
    properties: { sequence: { type: 'integer', minimum: 0 } },
    required: ['sequence'],
  },
  responseSchema: { type: 'object' },
  needsBody: true,
  repeatable: true,
  permission: EVERYBODY,
};

/** The endpoints that the hub itself answers. */
export const HUB_ENDPOINTS: readonly Endpoint[] = [
  {
    service: 'echo',
    method: 'POST',
    path: '/echo',
    description: 'Answers with the payload it was sent, and its binary flag',
    requestSchema: {},
    responseSchema: {},
    needsBody: false,
    repeatable: true,
    permission: EVERYBODY,
  },
  {
    service: 'connect',
    method: 'POST',
    path: '/connect/reauthenticate',
    description: 'Presents a new access token of the same session before the old one expires',
    requestSchema: {
      type: 'object',
      properties: { accessToken: { type: 'string' } },
      required: ['accessToken'],
    },
    responseSchema: {
      type: 'object',
      properties: { expiresAt: { type: 'integer', description: 'Seconds since the epoch' } },
      required: ['expiresAt'],
    },
    needsBody: true,
    repeatable: false,
    permission: EVERYBODY,
  },
  CANCEL,
  ACKNOWLEDGE,
];
