import * as z from 'zod';

import { fromUtf8 } from '../../../shared/bytes.ts';
import type {
  RegisteredEndpoint,
  ServiceRegistration,
} from '../../../shared/contracts/connect/registry-rpc.ts';
import {
  audienceKey,
  isOwnAudience,
  madeAudience,
} from '../../../shared/contracts/connect/service-audience.ts';
import type { OpenApiDocument } from '../../../shared/contracts/http/worker-rpc.ts';
import type { FieldError } from '../../../shared/http/problem.ts';
import {
  fetchDocument,
  judgeUrl,
  type SafeFetch,
  type SafeUrlPolicy,
} from '../../../shared/http/safe-fetch.ts';
import { readEndpoints } from '../../../shared/openapi/read-endpoints.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import { isPlainPath, type ServiceBody } from './service-schemas.ts';

export type ReadingRules = {
  readonly policy: SafeUrlPolicy;
  /** The issuer, and what our own tokens are for. */
  readonly ownAudiences: readonly string[];
  readonly fetchSafely: SafeFetch;
  /** The registration that it takes the place of. */
  readonly before?: Unowned | undefined;
};

type Unowned = Omit<ServiceRegistration, 'owner'>;
type Found = Pick<ServiceRegistration, 'openapiUrl' | 'endpoints'>;

/** Makes a registration from a request's body, and fetches the OpenAPI document that it names. */
export async function readRegistration(
  name: string,
  body: ServiceBody,
  rules: ReadingRules,
): Promise<Result<Unowned, FieldError>> {
  const baseUrl = readBaseUrl(body.baseUrl, rules.policy);
  if (!baseUrl.ok) return baseUrl;
  const audience = readAudience(name, baseUrl.value, body.audience, rules);
  if (!audience.ok) return audience;
  const found = await findEndpoints(body, baseUrl.value, rules.fetchSafely);
  if (!found.ok) return found;
  const twice = firstTwice(found.value.endpoints);
  if (twice !== undefined) return fault('endpoints', `${twice} is there twice`);
  const { healthPath, clients, shortcuts } = body;
  const addresses = { baseUrl: baseUrl.value, audience: audience.value, healthPath };
  return ok({ name, ...addresses, clients, shortcuts, ...found.value });
}

/** Reads the document of a registered service again. */
export async function readEndpointsAt(
  openapiUrl: string,
  fetchSafely: SafeFetch,
): Promise<Result<Found, FieldError>> {
  const endpoints = await fetchEndpoints(openapiUrl, fetchSafely);
  return endpoints.ok
    ? ok({ openapiUrl, endpoints: endpoints.value })
    : fault('openapi', endpoints.error);
}

/** The base URL has no slash at its end, because paths begin with one. */
function readBaseUrl(text: string, policy: SafeUrlPolicy): Result<string, FieldError> {
  const url = judgeUrl(text, policy);
  if (!url.ok) return fault('baseUrl', `It ${url.error}`);
  if (url.value.search !== '') return fault('baseUrl', 'It must not have a query');
  return ok(url.value.href.replace(/\/+$/, ''));
}

/** Does NOT ask whether another service, a client or a resource server has the audience. */
function readAudience(
  name: string,
  baseUrl: string,
  audience = madeAudience(name),
  { ownAudiences, before }: ReadingRules,
): Result<string, FieldError> {
  const key = audienceKey(audience);
  if (ownAudiences.some((own) => audienceKey(own) === key)) return fault('audience', 'Is our own');
  // What an earlier version let somebody have stays theirs. Nobody comes to such an audience any more.
  const isKept = before?.audience === audience && !isOwnAudience(before);
  return isKept || isOwnAudience({ name, baseUrl, audience })
    ? ok(audience)
    : fault('audience', 'Must be a URL under the origin of baseUrl, as URL parsers spell it');
}

async function findEndpoints(
  { openapi, endpoints = [] }: ServiceBody,
  baseUrl: string,
  fetchSafely: SafeFetch,
): Promise<Result<Found, FieldError>> {
  if (openapi === undefined) return ok({ openapiUrl: null, endpoints });
  if (typeof openapi === 'string') {
    const url = URL.parse(openapi, `${baseUrl}/`);
    return url === null ? fault('openapi', 'Is no URL') : readEndpointsAt(url.href, fetchSafely);
  }
  const read = endpointsOf(openapi);
  return read.ok ? ok({ openapiUrl: null, endpoints: read.value }) : fault('openapi', read.error);
}

function firstTwice(endpoints: readonly RegisteredEndpoint[]): string | undefined {
  const keys = endpoints.map(({ method, path }) => `${method}:${path}`);
  return keys.find((key, index) => keys.indexOf(key) !== index);
}

const fault = (path: string, message: string) => err({ path, message });

const LARGEST_DOCUMENT = 1_024 ** 2;

const members = z.record(z.string(), z.unknown());
const Document = z.looseObject({
  openapi: z.string().regex(/^3\./, { error: 'Only OpenAPI 3 is understood' }),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: members,
  components: members.exactOptional(),
});

/** Why no endpoints could be read, as a message for the client that registers. */
export type Unread = string;

/** Reads the endpoints from the document at a URL. The document must be JSON. */
async function fetchEndpoints(
  url: string,
  fetchSafely: SafeFetch,
): Promise<Result<readonly RegisteredEndpoint[], Unread>> {
  const fetched = await fetchDocument(fetchSafely, url, LARGEST_DOCUMENT);
  if (!fetched.ok) {
    const { error } = fetched;
    return err('detail' in error ? `The URL ${error.detail}` : `Not fetched: ${error.reason}`);
  }
  try {
    return endpointsOf(JSON.parse(fromUtf8(fetched.value.body)));
  } catch {
    return err('The document is no JSON');
  }
}

/** The endpoints in an OpenAPI document. Operations with parameters are left out. */
function endpointsOf(document: unknown): Result<readonly RegisteredEndpoint[], Unread> {
  const parsed = Document.safeParse(document);
  if (!parsed.success) return err(z.prettifyError(parsed.error));
  try {
    return ok(readAll(parsed.data));
  } catch (error) {
    if (error instanceof z.ZodError) return err(z.prettifyError(error));
    if (error instanceof RangeError) return err('The schemas are too large');
    throw error;
  }
}

const readAll = (document: OpenApiDocument): readonly RegisteredEndpoint[] =>
  readEndpoints(document, ({ path }) => isPlainPath(path));
