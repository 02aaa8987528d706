import * as z from 'zod';

import { fromUtf8 } from '../../../shared/bytes.ts';
import type { RegisteredEndpoint } from '../../../shared/contracts/connect/registry-rpc.ts';
import type { OpenApiDocument } from '../../../shared/contracts/identity/identity-rpc.ts';
import { fetchDocument, type SafeFetch } from '../../../shared/http/safe-fetch.ts';
import { readEndpoints } from '../../../shared/openapi/read-endpoints.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import { isPlainPath } from './plain-path.ts';

const LARGEST_DOCUMENT = 1_024 ** 2;

const members = z.record(z.string(), z.unknown());
const Document = z.looseObject({
  openapi: z.string().regex(/^3\./, { error: 'Only OpenAPI 3 is understood' }),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: members,
  components: members.exactOptional(),
});

/** Why there are no endpoints, in words. */
export type Unread = string;

/** Reads the document at a URL that somebody named. JSON only. */
export async function fetchEndpoints(
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

/** What a service offers, by its OpenAPI document. Operations with parameters are left out. */
export function endpointsOf(document: unknown): Result<readonly RegisteredEndpoint[], Unread> {
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
