/** Walks a generated OpenAPI document: its operations, and the objects in their JSON bodies. */

export type JsonSchema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly example?: unknown;
  readonly format?: string;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly minimum?: number;
};

type Operation = {
  readonly operationId?: string;
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>>;
  };
};

type OpenApi = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
};

export type ApiOperation = { readonly method: string; readonly path: string };

export type BodyOperation = ApiOperation & { readonly id: string; readonly schema: JsonSchema };

/** An object in a body whose members are fixed. */
export type ClosedObject = {
  readonly path: readonly string[];
  /** A body that is valid but for `more`, which that object has besides. */
  readonly bodyWith: (more: object) => object;
};

type Path = readonly string[];

const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete']);

export class DocumentedApi {
  readonly #document: OpenApi;

  constructor(document: OpenApi) {
    this.#document = document;
  }

  operations(): readonly (ApiOperation & { readonly operation: Operation })[] {
    return Object.entries(this.#document.paths).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([method]) => METHODS.has(method))
        .map(([method, operation]) => ({ method, path, operation })),
    );
  }

  /** The operations that take JSON. */
  bodies(): readonly BodyOperation[] {
    return this.operations().flatMap(({ method, path, operation }) => {
      const schema = operation.requestBody?.content['application/json']?.schema;
      const id = operation.operationId ?? `${method} ${path}`;
      return schema === undefined ? [] : [{ method, path, id, schema }];
    });
  }

  closedObjects(schema: JsonSchema): readonly ClosedObject[] {
    return this.#objects(schema, [], asBody).filter(({ isClosed }) => isClosed);
  }

  /** The paths of the objects that may have any member. */
  openObjects(schema: JsonSchema): readonly Path[] {
    return this.#objects(schema, [], asBody)
      .filter(({ isClosed }) => !isClosed)
      .map(({ path }) => path);
  }

  /** The schema and all within it. */
  walk(schema: JsonSchema): readonly JsonSchema[] {
    const one = this.#resolve(schema);
    const within = [
      ...Object.values(one.properties ?? {}),
      ...(one.items === undefined ? [] : [one.items]),
      ...(one.anyOf ?? []),
      ...(one.oneOf ?? []),
      ...(one.allOf ?? []),
    ];
    return [one, ...within.flatMap((inner) => this.walk(inner))];
  }

  #objects(
    schema: JsonSchema,
    path: Path,
    embed: (value: unknown) => object,
  ): readonly (ClosedObject & { readonly isClosed: boolean })[] {
    const one = this.#resolve(schema);
    const shapes = one.anyOf ?? one.oneOf;
    if (shapes !== undefined) return shapes.flatMap((shape) => this.#objects(shape, path, embed));
    if (one.items !== undefined) {
      return this.#objects(one.items, [...path, '0'], (item) => {
        const others = Array.from({ length: (one.minItems ?? 1) - 1 }, () => item);
        return embed([item, ...others]);
      });
    }
    if (!typesOf(one).includes('object')) return [];
    const isClosed = one.additionalProperties === false;
    const bodyWith = (more: object) => embed({ ...this.#sampleObject(one), ...more });
    const members = Object.entries(one.properties ?? {}).flatMap(([name, member]) =>
      this.#objects(member, [...path, name], (value) => bodyWith({ [name]: value })),
    );
    return [{ path, isClosed, bodyWith }, ...members];
  }

  /** A value that the schema allows. */
  #sample(schema: JsonSchema): unknown {
    const one = this.#resolve(schema);
    const stated = one.example ?? one.const ?? one.enum?.[0];
    if (stated !== undefined) return stated;
    const shape = (one.anyOf ?? one.oneOf)?.at(0);
    if (shape !== undefined) return this.#sample(shape);
    if (typesOf(one).includes('object')) return this.#sampleObject(one);
    return one.items === undefined ? sampleOf(one) : this.#sampleArray(one.items, one.minItems);
  }

  /** Texts in it differ. */
  #sampleArray(items: JsonSchema, length = 0): readonly unknown[] {
    const item = this.#sample(items);
    return Array.from({ length }, (_, n) => (typeof item === 'string' ? `${item}${n}` : item));
  }

  #sampleObject({ properties = {}, required = [] }: JsonSchema): object {
    return Object.fromEntries(required.map((name) => [name, this.#sample(properties[name] ?? {})]));
  }

  #resolve(schema: JsonSchema): JsonSchema {
    const name = schema.$ref?.split('/').at(-1);
    if (name === undefined) return schema;
    const found = new Map(Object.entries(this.#document.components.schemas)).get(name);
    if (found === undefined) throw new Error(`Cannot resolve ${schema.$ref}`);
    const { $ref: _, ...beside } = schema;
    return { ...this.#resolve(found), ...beside };
  }
}

/** A value of a simple type. */
function sampleOf({ type, format, minimum = 0, minLength = 1 }: JsonSchema): unknown {
  if (type === 'boolean') return true;
  if (type === 'integer' || type === 'number') return minimum;
  return format === 'uuid' ? crypto.randomUUID() : 'a'.repeat(minLength);
}

function asBody(value: unknown): object {
  if (typeof value !== 'object' || value === null) throw new Error('A body is not an object');
  return value;
}

const typesOf = ({ type = [] }: JsonSchema): readonly string[] =>
  typeof type === 'string' ? [type] : type;
