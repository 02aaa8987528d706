/**
 * The response code: offset 15 of a response frame. 0–49 are the hub's own, 50–69 a service's,
 * 70–79 a shortcut's.
 *
 * @module
 */

type Registration = {
  readonly code: number;
  /** The HTTP status that means the same. */
  readonly status: number;
  /** A short sentence for people. */
  readonly title: string;
};

export const RESPONSE_CODES = {
  OK: { code: 0, status: 200, title: 'The request was served' },
  RequestError: { code: 10, status: 400, title: 'The frame is malformed' },
  RequestTooLarge: { code: 11, status: 413, title: 'The payload is too large' },
  TooManyRequests: { code: 12, status: 429, title: 'Too many messages, or too many at once' },
  InvalidRequestChannel: { code: 13, status: 400, title: 'There is no such channel' },
  TextProtocolNotSupported: { code: 14, status: 400, title: 'Only binary frames are understood' },
  Unauthorized: { code: 20, status: 401, title: 'The connection may not do this' },
  ServiceNotFound: { code: 30, status: 404, title: 'This session has no such service GUID' },
  ClientNotFound: { code: 31, status: 404, title: 'There is no such client' },
  MessageNotFound: { code: 32, status: 404, title: 'The response to this message is not kept' },
  BroadcastNotAllowed: { code: 40, status: 403, title: 'Broadcasts are not allowed here' },
  Service_BadRequest: { code: 50, status: 400, title: 'The service refused the request' },
  Service_NotFound: { code: 51, status: 404, title: 'The service found nothing' },
  Service_Unauthorized: { code: 52, status: 403, title: 'The service does not allow this' },
  Service_Conflict: { code: 53, status: 409, title: 'The request conflicts with what is stored' },
  Service_TooManyRequests: { code: 54, status: 429, title: 'The service asks to slow down' },
  Service_InternalServerError: { code: 60, status: 500, title: 'The service failed' },
  Service_Timeout: { code: 61, status: 504, title: 'The service did not answer in time' },
  Service_Unavailable: { code: 62, status: 503, title: 'The service is unavailable' },
  ShortcutExpired: { code: 70, status: 410, title: 'The shortcut has expired' },
  ShortcutTargetNotFound: { code: 71, status: 404, title: "The shortcut's target is gone" },
  ShortcutRevoked: { code: 72, status: 410, title: 'The shortcut has been revoked' },
} as const satisfies Record<string, Registration>;

export type ResponseName = keyof typeof RESPONSE_CODES;

export const isResponseName = (name: string): name is ResponseName =>
  Object.hasOwn(RESPONSE_CODES, name);

const SERVICE_STATUS: Readonly<Record<number, ResponseName>> = {
  401: 'Service_Unauthorized',
  403: 'Service_Unauthorized',
  404: 'Service_NotFound',
  409: 'Service_Conflict',
  410: 'Service_NotFound',
  429: 'Service_TooManyRequests',
  502: 'Service_Unavailable',
  503: 'Service_Unavailable',
  504: 'Service_Timeout',
};

/**
 * The response for a service's HTTP status. A status without an entry has the meaning of its class.
 * A redirect is a failure, because the hub does not follow it.
 */
export function responseToStatus(status: number): ResponseName {
  if (status >= 200 && status < 300) return 'OK';
  const named = SERVICE_STATUS[status];
  if (named !== undefined) return named;
  return status >= 400 && status < 500 ? 'Service_BadRequest' : 'Service_InternalServerError';
}
