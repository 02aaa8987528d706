import type { Millis } from '../../../shared/clock.ts';
import { type Endpoint, endpointKey } from '../catalogue/endpoint.ts';

/** What a meta request asks for, by channel. A channel without an entry means the first. */
const ASPECTS = [
  {
    metaType: 'endpoint-info',
    dataOf: ({ description, needsBody }: Endpoint): unknown => ({ description, needsBody }),
  },
  { metaType: 'request-schema', dataOf: ({ requestSchema }: Endpoint): unknown => requestSchema },
  {
    metaType: 'response-schema',
    dataOf: ({ responseSchema }: Endpoint): unknown => responseSchema,
  },
  {
    metaType: 'full-schema',
    dataOf: ({ description, needsBody, requestSchema, responseSchema }: Endpoint): unknown => ({
      description,
      needsBody,
      requestSchema,
      responseSchema,
    }),
  },
] as const;

/** Answers a meta request: what the endpoint is, without calling it. */
export function describeEndpoint(endpoint: Endpoint, channel: number, now: Millis): unknown {
  const { metaType, dataOf } = ASPECTS[channel] ?? ASPECTS[0];
  return {
    metaType,
    serviceName: endpoint.service,
    method: endpoint.method,
    path: endpoint.path,
    endpointKey: endpointKey(endpoint),
    data: dataOf(endpoint),
    generatedAt: new Date(now).toISOString(),
  };
}
