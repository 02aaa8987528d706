import { version } from '../../../package.json';
import { cachedUntil } from '../../../shared/cache/cached.ts';
import { minutes, seconds } from '../../../shared/clock.ts';
import type { OpenApiDocument } from '../../../shared/contracts/identity/identity-rpc.ts';
import { within } from '../../../shared/deadline.ts';
import { messageOf } from '../failure.ts';
import type { OwnRoute } from '../gateway/routes.ts';
import type { Runtime, UpstreamName, Upstreams } from '../ports.ts';
import { mergeDocuments, type NamedDocument } from './merge.ts';
import { components } from './operations.ts';
import { sayService } from './say-service.ts';

const FRESH = minutes(1);
const ANSWER_LIMIT = seconds(5);
const INFO = { title: 'Sallyport', version };

/** What is known of the API, and the Workers that could not be asked. */
export type ApiDescription = {
  readonly document: OpenApiDocument;
  readonly missing: readonly UpstreamName[];
};

/** Describes what runs: the edge's own routes, and what each Worker tells of its own. */
export function apiDescriber(
  ownRoutes: () => readonly OwnRoute[],
  upstreams: Upstreams,
  runtime: Runtime,
): () => Promise<ApiDescription> {
  const describe = async (): Promise<ApiDescription> => {
    const answers = await Promise.all(
      UPSTREAMS.map(async (name) => ({ name, document: await ask(name, upstreams, runtime) })),
    );
    const known = answers
      .filter((answer): answer is NamedAnswer => answer.document !== undefined)
      .map((answer) => ({ ...answer, document: sayService(answer) }));
    const missing = answers
      .filter(({ document }) => document === undefined)
      .map(({ name }) => name);
    const own = { name: 'edge', document: describeOwn(ownRoutes()) };
    return { document: mergeDocuments(INFO, [own, ...known]), missing };
  };
  const read = cachedUntil(describe, ({ missing }, askedAt) =>
    // A description that lacks a Worker is not cached.
    missing.length === 0 ? askedAt + FRESH : askedAt,
  );
  return () => read(runtime.clock());
}

type NamedAnswer = NamedDocument & { readonly name: UpstreamName };

const UPSTREAMS: readonly UpstreamName[] = ['identity', 'keys', 'connect'];

async function ask(
  name: UpstreamName,
  upstreams: Upstreams,
  { log }: Runtime,
): Promise<OpenApiDocument | undefined> {
  try {
    return await within(ANSWER_LIMIT, upstreams[name].rpc.describe());
  } catch (error) {
    log({ event: 'openapi.unreachable', level: 'warn', worker: name, message: messageOf(error) });
    return undefined;
  }
}

function describeOwn(routes: readonly OwnRoute[]): OpenApiDocument {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { method, path, operation } of routes) {
    if (operation === undefined) continue;
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation };
  }
  return { openapi: '3.1.0', info: INFO, paths, components, tags: TAGS };
}

const TAGS = [
  { name: 'tokens', description: 'Validation of access tokens' },
  { name: 'operations', description: 'Health and this description' },
];
