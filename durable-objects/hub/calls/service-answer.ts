import type { Bytes } from '../../../shared/bytes.ts';
import { type Answer, emptyAnswer } from '../../../shared/hub-protocol/answer.ts';
import { responseToStatus } from '../../../shared/hub-protocol/response-codes.ts';

/** What a service answered, over HTTP. */
export type ServiceResponse = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Bytes;
};

/** What the client gets of it: the payload as it came. */
export function toAnswer({ status, headers, body }: ServiceResponse): Answer {
  const name = responseToStatus(status);
  const type = headers.get('content-type') ?? '';
  // Only a problem document may stand in an error.
  if (name !== 'OK' && !type.startsWith('application/problem+json')) return emptyAnswer(name);
  const binary = body.length > 0 && !isText(type);
  return { name, payload: body, binary, ...(type === '' ? {} : { contentType: type }) };
}

const isText = (type: string): boolean => /^(text\/|application\/([^;]+\+)?json\b)/.test(type);
