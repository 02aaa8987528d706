import type { OpenApiDocument } from '../../../shared/contracts/http/worker-rpc.ts';

export type NamedDocument = { readonly name: string; readonly document: OpenApiDocument };

type Section = Readonly<Record<string, unknown>>;

/**
 * Merges the documents of several Workers into one.
 *
 * Where two Workers describe a path, the operations of the first win. Where they name different
 * components alike, the later one's gets its Worker's name as prefix, references included.
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
