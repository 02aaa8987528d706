import { version } from '../../../package.json';
import { cachedUntil } from '../../../shared/cache/cached.ts';
import { minutes, seconds } from '../../../shared/clock.ts';
import type { ApiDescription, OpenApiDocument } from '../../../shared/contracts/http/worker-rpc.ts';
import { within } from '../../../shared/deadline.ts';
import { messageOf } from '../failure.ts';
import { type Runtime, UPSTREAM_NAMES, type UpstreamName, type Upstreams } from '../ports.ts';
import { components } from './operations.ts';

const FRESH = minutes(1);
const ANSWER_LIMIT = seconds(5);
const INFO = { title: 'Sallyport', version };

/**
 * Describes the deployed API: the edge's own paths, and those of each Worker behind it.
 *
 * @param describeOwn - The edge's own paths.
 */
export function apiDescriber(
  describeOwn: () => OpenApiDocument['paths'],
  upstreams: Upstreams,
  runtime: Runtime,
): () => Promise<ApiDescription> {
  const describe = async (): Promise<ApiDescription> => {
    const answers = await Promise.all(
      UPSTREAM_NAMES.map(async (name) => ({ name, document: await ask(name, upstreams, runtime) })),
    );
    const described = answers
      .filter((answer): answer is NamedAnswer => answer.document !== undefined)
      .map((answer) => ({ ...answer, document: withService(answer) }));
    const missing = answers
      .filter(({ document }) => document === undefined)
      .map(({ name }) => name);
    const own = { name: 'edge', document: ownDocument(describeOwn()) };
    return { document: mergeDocuments(INFO, [own, ...described]), missing };
  };
  const read = cachedUntil(describe, ({ missing }, requestedAt) =>
    // A description that lacks a Worker is not cached.
    missing.length === 0 ? requestedAt + FRESH : requestedAt,
  );
  return () => read(runtime.clock());
}

type NamedAnswer = NamedDocument & { readonly name: UpstreamName };

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

const ownDocument = (paths: OpenApiDocument['paths']): OpenApiDocument => ({
  openapi: '3.1.0',
  info: INFO,
  paths,
  components,
  tags: TAGS,
});

const TAGS = [
  { name: 'tokens', description: 'Validation of access tokens' },
  { name: 'operations', description: 'Health and this description' },
];

type NamedDocument = { readonly name: string; readonly document: OpenApiDocument };

type Section = Readonly<Record<string, unknown>>;

/**
 * Merges the documents of several Workers into one.
 *
 * If two Workers describe a path, the operations of the first are taken. If different components
 * have the same name, the later one and its references get the Worker's name as a prefix.
 */
export function mergeDocuments(
  info: OpenApiDocument['info'],
  documents: readonly NamedDocument[],
): OpenApiDocument {
  const paths: Record<string, Section> = {};
  const components: Record<string, Record<string, unknown>> = {};
  const tags = new Map<string, { readonly name: string; readonly description?: string }>();
  for (const { name, document } of documents) {
    const own = renameConflicts(name, document, components);
    for (const [path, item] of Object.entries(own.paths)) {
      paths[path] = { ...section(item), ...paths[path] };
    }
    for (const [kind, entries] of Object.entries(own.components ?? {})) {
      components[kind] = { ...section(entries), ...components[kind] };
    }
    for (const tag of own.tags ?? []) if (!tags.has(tag.name)) tags.set(tag.name, tag);
  }
  return { openapi: '3.1.0', info, paths, components, tags: [...tags.values()] };
}

const section = (value: unknown): Section =>
  typeof value === 'object' && value !== null ? { ...value } : {};

function renameConflicts(
  name: string,
  document: OpenApiDocument,
  taken: Readonly<Record<string, Section>>,
): OpenApiDocument {
  const conflicts = Object.entries(document.components ?? {}).flatMap(([kind, entries]) =>
    Object.entries(section(entries))
      .filter(([key, value]) => differs(taken[kind]?.[key], value))
      .map(([key]) => ({ kind, key, renamed: `${name}_${key}` })),
  );
  if (conflicts.length === 0) return document;
  const references = new Map(
    conflicts.map(({ kind, key, renamed }) => [
      `#/components/${kind}/${key}`,
      `#/components/${kind}/${renamed}`,
    ]),
  );
  const rewritten: OpenApiDocument = JSON.parse(JSON.stringify(document), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? (references.get(value) ?? value) : value,
  );
  const components: Record<string, Section> = {};
  for (const [kind, entries] of Object.entries(rewritten.components ?? {})) {
    const renames = new Map(
      conflicts.filter((one) => one.kind === kind).map(({ key, renamed }) => [key, renamed]),
    );
    components[kind] = Object.fromEntries(
      Object.entries(section(entries)).map(([key, value]) => [renames.get(key) ?? key, value]),
    );
  }
  return { ...rewritten, components };
}

const differs = (taken: unknown, value: unknown): boolean =>
  taken !== undefined && JSON.stringify(taken) !== JSON.stringify(value);

const METHODS: ReadonlySet<string> = new Set(['get', 'post', 'put', 'patch', 'delete']);

/**
 * Adds `x-sallyport-service` to each operation: the service name of the operation in the hub's
 * manifest, which a merged document would not show otherwise.
 */
const withService = ({ name, document }: NamedDocument): OpenApiDocument => ({
  ...document,
  paths: mapMembers(document.paths, (item) =>
    mapMembers(item, (operation, method) =>
      METHODS.has(method) ? { ...section(operation), 'x-sallyport-service': name } : operation,
    ),
  ),
});

const mapMembers = (
  holder: unknown,
  map: (value: unknown, key: string) => unknown,
): Record<string, unknown> =>
  Object.fromEntries(Object.entries(section(holder)).map(([key, value]) => [key, map(value, key)]));
