import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import { isObject, type JsonObject, listOf, numberOf, textOf } from '../common/json.ts';
import { Listeners } from '../common/listeners.ts';

/** The current manifest, by which calls find their GUIDs. */
export class CurrentManifest {
  readonly changes = new Listeners<Manifest>();
  #manifest: Manifest | undefined;
  #guids: ReadonlyMap<string, GuidText> = new Map();
  /** Also the shortcuts that have ended, because the hub's answer tells why they did. */
  readonly #shortcuts = new Map<string, GuidText>();

  get current(): Manifest | undefined {
    return this.#manifest;
  }

  /** @param event `connect.capability-manifest`. */
  update(event: JsonObject): Manifest {
    const manifest = readManifest(event, this.#manifest);
    // Another session has other GUIDs.
    if (manifest.sessionId !== this.#manifest?.sessionId) this.#shortcuts.clear();
    this.#manifest = manifest;
    this.#guids = new Map(
      manifest.availableApis.map(({ service, endpoint, serviceId }) => [
        `${service} ${endpoint}`,
        serviceId,
      ]),
    );
    for (const { name, shortcutId } of manifest.shortcuts) this.#shortcuts.set(name, shortcutId);
    this.changes.emit(manifest);
    return manifest;
  }

  find(service: string, endpoint: string): GuidText | undefined {
    return this.#guids.get(`${service} ${endpoint}`);
  }

  findShortcut(name: string): GuidText | undefined {
    return this.#shortcuts.get(name);
  }
}

/** An endpoint that this session may call. */
export type ManifestEntry = {
  readonly service: string;
  /** `METHOD:/path`. */
  readonly endpoint: string;
  /** The GUID under which this session calls it. */
  readonly serviceId: GuidText;
  readonly description?: string;
};

/** A call that a service has prepared for this session (protocol, "Shortcuts"). */
export type ManifestShortcut = {
  readonly name: string;
  /** The GUID that is called. */
  readonly shortcutId: GuidText;
  /** RFC 3339. */
  readonly expiresAt?: string;
  readonly [member: string]: unknown;
};

/** The calls that this session may make, and its limits (protocol, "Opening"). */
export type Manifest = {
  readonly sessionId: string;
  readonly version: number;
  readonly availableApis: readonly ManifestEntry[];
  readonly shortcuts: readonly ManifestShortcut[];
  /** The GUID by which other clients reach this one. */
  readonly peerGuid: GuidText | undefined;
  readonly limits: {
    readonly maxPayloadBytes: number;
    readonly messagesPerMinute: number;
    readonly maxChannel: number;
    readonly maxInFlight: number;
  };
  /** The hash of both lists. */
  readonly manifestHash: string | undefined;
  /** Whether the events continue from the last connection without a gap. */
  readonly resumed: boolean;
};

/** A session's manifest before the first event. */
const INITIAL: Manifest = {
  sessionId: '',
  version: 0,
  availableApis: [],
  shortcuts: [],
  peerGuid: undefined,
  limits: {
    maxPayloadBytes: 1_048_576,
    messagesPerMinute: 1_000,
    maxChannel: 1_000,
    maxInFlight: 32,
  },
  manifestHash: undefined,
  resumed: false,
};

/**
 * The manifest after the event `connect.capability-manifest`. The event has whole lists, or what was
 * added and removed; members that it leaves out stay as they were.
 */
export const readManifest = (event: JsonObject, before: Manifest = INITIAL): Manifest => ({
  sessionId: textOf(event['sessionId']) ?? before.sessionId,
  version: numberOf(event['version']) ?? before.version,
  availableApis: readApis(event, before.availableApis),
  shortcuts: readShortcuts(event, before.shortcuts),
  peerGuid: textOf(event['peerGuid']) ?? before.peerGuid,
  limits: readLimits(event['limits'], before.limits),
  manifestHash: textOf(event['manifestHash']) ?? before.manifestHash,
  resumed: event['resumed'] === true,
});

function readLimits(value: unknown, before: Manifest['limits']): Manifest['limits'] {
  const limits = isObject(value) ? value : {};
  return {
    maxPayloadBytes: numberOf(limits['maxPayloadBytes']) ?? before.maxPayloadBytes,
    messagesPerMinute: numberOf(limits['messagesPerMinute']) ?? before.messagesPerMinute,
    maxChannel: numberOf(limits['maxChannel']) ?? before.maxChannel,
    maxInFlight: numberOf(limits['maxInFlight']) ?? before.maxInFlight,
  };
}

function readApis(event: JsonObject, before: readonly ManifestEntry[]): readonly ManifestEntry[] {
  if (Array.isArray(event['availableApis'])) return entriesOf(event['availableApis']);
  const added = entriesOf(event['added']);
  const gone = new Set([...listOf(event['removed']), ...added.map(({ serviceId }) => serviceId)]);
  return [...before.filter(({ serviceId }) => !gone.has(serviceId)), ...added];
}

const readShortcuts = (
  event: JsonObject,
  before: readonly ManifestShortcut[],
): readonly ManifestShortcut[] =>
  Array.isArray(event['shortcuts']) ? event['shortcuts'].filter(isShortcut) : before;

const entriesOf = (value: unknown): readonly ManifestEntry[] => listOf(value).filter(isEntry);

const isEntry = (value: unknown): value is ManifestEntry =>
  isObject(value) &&
  typeof value['service'] === 'string' &&
  typeof value['endpoint'] === 'string' &&
  typeof value['serviceId'] === 'string';

const isShortcut = (value: unknown): value is ManifestShortcut =>
  isObject(value) && typeof value['name'] === 'string' && typeof value['shortcutId'] === 'string';
