import type { Bytes } from '../../shared/bytes.ts';
import { type Millis, seconds } from '../../shared/clock.ts';
import { readSettings, type Values } from '../../shared/configuration.ts';
import type { JwsAlgorithm } from '../../shared/tokens/algorithms.ts';
import type { Compression } from './frames/compression.ts';
import type { HubLimits } from './frames/read-message.ts';
import { HUB_SETTINGS } from './hub-settings.ts';
import type { BroadcastMode } from './messaging/peers.ts';

/** The bindings and variables that a hub uses. */
export type HubEnv = {
  readonly HUBS: DurableObjectNamespace;
  readonly DIRECTORIES: DurableObjectNamespace;
  readonly REGISTRIES: DurableObjectNamespace;
  readonly QUEUES: DurableObjectNamespace;
  readonly IDENTITY: Pick<Fetcher, 'fetch'>;
  readonly IDENTITY_RPC: unknown;
  readonly KEYS_RPC: unknown;
  readonly SERVICE_GUID_SALT: string;
  readonly RECONNECTION_WINDOW_SECONDS: string;
  readonly MAX_PAYLOAD_BYTES: string;
  readonly MESSAGES_PER_MINUTE: string;
  readonly MAX_CHANNEL: string;
  readonly MAX_IN_FLIGHT: string;
  readonly BROADCAST_MODE: string;
  readonly COMPRESSION: string;
  readonly COMPRESSION_THRESHOLD: string;
  readonly COMPRESSION_QUALITY: string;
  readonly ISSUER: string;
  readonly AUDIENCE: string;
  readonly SIGNING_ALGORITHMS: string;
  readonly OUTBOUND_LOOPBACK: string;
  readonly FIRST_PARTY_CLIENT_ID: string;
};

export type HubSettings = {
  /** The salts of GUIDs and tokens, the newest first. */
  readonly salts: readonly Bytes[];
  /** How long a stream waits for its client, and an event is logged. */
  readonly reconnectionWindow: Millis;
  readonly limits: HubLimits;
  readonly broadcastMode: BroadcastMode;
  /** `undefined` if frames are not compressed. */
  readonly compression: Compression | undefined;
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: ReadonlySet<JwsAlgorithm>;
  /** Whether registered services may be on this machine. */
  readonly allowLoopback: boolean;
  /** `client_id` of the tokens that identity's own API gives out. */
  readonly ownClientId: string;
};

/** @throws {ConfigurationError} If a setting is missing or makes no sense; the message names it. */
export function readHubSettings(env: object): HubSettings {
  const settings = readSettings(HUB_SETTINGS, env);
  return {
    salts: settings.SERVICE_GUID_SALT,
    reconnectionWindow: seconds(settings.RECONNECTION_WINDOW_SECONDS),
    limits: {
      maxPayloadBytes: settings.MAX_PAYLOAD_BYTES,
      messagesPerMinute: settings.MESSAGES_PER_MINUTE,
      maxChannel: settings.MAX_CHANNEL,
      maxInFlight: settings.MAX_IN_FLIGHT,
    },
    broadcastMode: settings.BROADCAST_MODE,
    compression: settings.COMPRESSION === 'on' ? compressionOf(settings) : undefined,
    issuer: settings.ISSUER,
    audience: settings.AUDIENCE || settings.ISSUER,
    algorithms: settings.SIGNING_ALGORITHMS,
    allowLoopback: settings.OUTBOUND_LOOPBACK === 'on',
    ownClientId: settings.FIRST_PARTY_CLIENT_ID,
  };
}

const compressionOf = (settings: Values<typeof HUB_SETTINGS>): Compression => ({
  threshold: settings.COMPRESSION_THRESHOLD,
  quality: settings.COMPRESSION_QUALITY,
});
