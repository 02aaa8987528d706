/**
 * Reads a service's endpoints from the OpenAPI document that it publishes.
 *
 * @module
 */

import * as z from 'zod';
import type { RegisteredEndpoint } from '../contracts/connect/registry-rpc.ts';
import type { OpenApiDocument } from '../contracts/http/worker-rpc.ts';
import { Operation, permissionOf, readSchemes, type SecuritySchemes } from './security.ts';
import { type Budget, selfContained } from './self-contained.ts';

export type Offer = {
  readonly path: string;
  readonly operation: Operation;
  readonly schemes: SecuritySchemes;
};

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

const PathItem = z.record(z.string(), z.unknown());

/** The most values in all schemas of a document, including the schemas that they refer to. */
const MOST_VALUES = 100_000;

/**
 * Lists the operations that `isOffered`, at paths without parameters.
 *
 * @throws {z.ZodError} If an operation is not what OpenAPI 3.1 says.
 * @throws {RangeError} If the schemas, including those that they refer to, are too large.
 */
export function readEndpoints(
  document: OpenApiDocument,
  isOffered: (offer: Offer) => boolean,
): readonly RegisteredEndpoint[] {
  const schemes = readSchemes(document);
  const budget = { values: MOST_VALUES };
  return Object.entries(document.paths)
    .filter(([path]) => !path.includes('{'))
    .flatMap(([path, item]) => operationsOf(item).map((found) => ({ ...found, path })))
    .filter(({ path, operation }) => isOffered({ path, operation, schemes }))
    .map((found) => toEndpoint({ ...found, document, schemes, budget }));
}

function operationsOf(item: unknown): { method: string; operation: Operation }[] {
  const members = PathItem.parse(item);
  return METHODS.filter((method) => members[method] !== undefined).map((method) => ({
    method: method.toUpperCase(),
    operation: Operation.parse(members[method]),
  }));
}

type Found = Offer & {
  readonly method: string;
  readonly document: OpenApiDocument;
  readonly budget: Budget;
};

function toEndpoint(found: Found): RegisteredEndpoint {
  const { path, method, operation, document, schemes, budget } = found;
  const { requestBody, responses = {}, summary, description } = operation;
  const success = Object.keys(responses).find((status) => status.startsWith('2'));
  return {
    method,
    path,
    description: summary ?? description ?? '',
    requestSchema: selfContained(schemaOf(requestBody), document, budget),
    responseSchema: selfContained(schemaOf(responses[success ?? '']), document, budget),
    needsBody: requestBody?.required === true,
    permission: permissionOf(operation, schemes),
  };
}

const MediaType = z.looseObject({ schema: z.unknown() });

function schemaOf(holder: Operation['requestBody']): unknown {
  return MediaType.safeParse(holder?.content?.['application/json']).data?.schema ?? null;
}
