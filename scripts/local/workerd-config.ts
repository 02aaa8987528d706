/**
 * Renders a configuration of workerd (Cap'n Proto text) for several Workers in one process. Pure.
 *
 * @module
 */

import { relative, sep } from 'node:path';

import type { BuiltWorker, Module } from '../workers/build-workers.ts';
import type { ServiceBinding, StaticAssets } from '../workers/worker-file.ts';

export type WorkerService = {
  readonly name: string;
  /** The main module comes first. */
  readonly modules: readonly Module[];
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  /** Variables and secrets, which are both text to workerd. */
  readonly text: Readonly<Record<string, string>>;
  /** Durable Object classes by binding name, all with SQLite. */
  readonly objects: Readonly<Record<string, string>>;
  readonly services: readonly ServiceBinding[];
  /** The Worker that serves each KV namespace, by binding name. */
  readonly kv: Readonly<Record<string, string>>;
  /** Assets are read from disk at each request to the binding. */
  readonly assets?: StaticAssets | undefined;
  /** The networks that `fetch` and `connect` reach (workerd's `Network.allow`). */
  readonly outbound: readonly string[];
};

export type SocketOptions = {
  readonly name: string;
  /** Such as `127.0.0.1:8787`. Port 0 takes a free one, which workerd reports on `--control-fd`. */
  readonly address: string;
  /** The name of the Worker that answers. */
  readonly service: string;
  /** Headers that are removed from every request, because no client may set them. */
  readonly removeHeaders?: readonly string[];
  /** The header that sets `request.cf`, for sockets whose clients are all trusted. */
  readonly cfBlobHeader?: string | undefined;
};

export type WorkerdConfig = {
  readonly workers: readonly WorkerService[];
  readonly sockets: readonly SocketOptions[];
  /** The folder of the configuration file, to which the modules' paths are relative. */
  readonly directory: string;
  /** Absolute. Each Worker's objects are stored in a folder of its name, which must exist. */
  readonly objectsDirectory: string;
};

/** The settings of one Worker that are not in its `wrangler.toml`. */
export type WorkerSettings = {
  /** Values for keys of `[vars]`; other keys are ignored. */
  readonly vars: Readonly<Record<string, string | undefined>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly outbound: readonly string[];
};

export function workerService(
  { file, modules }: BuiltWorker,
  { vars, secrets, outbound }: WorkerSettings,
): WorkerService {
  const text = Object.entries(file.vars).map(([key, value]) => [key, vars[key] ?? value]);
  return {
    name: file.name,
    modules,
    compatibilityDate: file.compatibility_date,
    compatibilityFlags: file.compatibility_flags,
    text: { ...Object.fromEntries(text), ...secrets },
    objects: Object.fromEntries(file.durable_objects.bindings.map((b) => [b.name, b.class_name])),
    services: file.services,
    kv: Object.fromEntries(file.kv_namespaces.map(({ binding, id }) => [binding, id])),
    assets: file.assets,
    outbound,
  };
}

/** Renders the configuration. It holds the secrets, so only its owner may read the file. */
export function workerdConfig(config: WorkerdConfig): string {
  const services = config.workers.flatMap((worker) => renderWorker(worker, config));
  const sockets = config.sockets.map(renderSocket);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = ${list(services, '    ')},
  sockets = ${list(sockets, '    ')},
);
`;
}

function renderWorker(worker: WorkerService, config: WorkerdConfig): readonly string[] {
  const classes = [...new Set(Object.values(worker.objects))];
  const objects = `${worker.name}-objects`;
  const outbound = `${worker.name}-outbound`;
  const definition = struct({
    modules: list(worker.modules.map((module) => renderModule(module, config.directory))),
    compatibilityDate: quoted(worker.compatibilityDate),
    compatibilityFlags: list(worker.compatibilityFlags.map(quoted)),
    bindings: list(renderBindings(worker)),
    durableObjectNamespaces: list(classes.map((name) => renderNamespace(worker.name, name))),
    ...(classes.length === 0
      ? {}
      : { durableObjectStorage: struct({ localDisk: quoted(objects) }) }),
    globalOutbound: quoted(outbound),
  });
  const path = `${config.objectsDirectory}${sep}${worker.name}`;
  const disk = struct({ path: quoted(path), writable: 'true' });
  const network = struct({
    allow: list(worker.outbound.map(quoted)),
    tlsOptions: struct({ trustBrowserCas: 'true' }),
  });
  return [
    struct({ name: quoted(worker.name), worker: definition }),
    struct({ name: quoted(outbound), network }),
    ...(classes.length === 0 ? [] : [struct({ name: quoted(objects), disk })]),
    ...renderAssets(worker),
  ];
}

const assetsOf = ({ name }: WorkerService): string => `${name}-assets`;

function renderAssets(worker: WorkerService): readonly string[] {
  if (worker.assets === undefined) return [];
  const disk = struct({ path: quoted(worker.assets.directory) });
  return [struct({ name: quoted(assetsOf(worker)), disk })];
}

function renderModule({ name, kind, path }: Module, directory: string): string {
  const embedded = relative(directory, path).split(sep).join('/');
  return struct({ name: quoted(name), [kind]: `embed ${quoted(embedded)}` });
}

function renderBindings(worker: WorkerService): readonly string[] {
  const { text, objects, services, kv, assets } = worker;
  return [
    ...Object.entries(text).map(([name, value]) =>
      struct({ name: quoted(name), text: quoted(value) }),
    ),
    ...Object.entries(objects).map(([name, className]) =>
      struct({ name: quoted(name), durableObjectNamespace: quoted(className) }),
    ),
    ...services.map((binding) =>
      struct({ name: quoted(binding.binding), service: renderDesignator(binding) }),
    ),
    ...Object.entries(kv).map(([name, service]) =>
      struct({ name: quoted(name), kvNamespace: quoted(service) }),
    ),
    ...(assets === undefined
      ? []
      : [struct({ name: quoted(assets.binding), service: quoted(assetsOf(worker)) })]),
  ];
}

function renderDesignator({ service, entrypoint, props }: ServiceBinding): string {
  return struct({
    name: quoted(service),
    ...(entrypoint === undefined ? {} : { entrypoint: quoted(entrypoint) }),
    ...(props === undefined ? {} : { props: struct({ json: quoted(JSON.stringify(props)) }) }),
  });
}

/** The objects' files are named by the key, so another key means another, empty set of objects. */
const renderNamespace = (worker: string, className: string): string =>
  struct({
    className: quoted(className),
    uniqueKey: quoted(`${worker}-${className}`),
    enableSql: 'true',
  });

function renderSocket(socket: SocketOptions): string {
  const { name, address, service, removeHeaders = [], cfBlobHeader } = socket;
  const removed = removeHeaders.map((header) => struct({ name: quoted(header) }));
  return struct({
    name: quoted(name),
    address: quoted(address),
    http: struct({
      injectRequestHeaders: list(removed),
      ...(cfBlobHeader === undefined ? {} : { cfBlobHeader: quoted(cfBlobHeader) }),
    }),
    service: quoted(service),
  });
}

const struct = (fields: Readonly<Record<string, string>>): string =>
  `(${Object.entries(fields)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ')})`;

function list(items: readonly string[], indent = '      '): string {
  return items.length === 0 ? '[]' : `[\n${items.map((item) => `${indent}${item},\n`).join('')}  ]`;
}

/** Cap'n Proto has the escapes of C, which are those of JSON but for `\u00XX`. */
export const quoted = (text: string): string =>
  JSON.stringify(text).replaceAll(/(?<!\\)((?:\\\\)*)\\u00([0-9a-f]{2})/g, '$1\\x$2');
