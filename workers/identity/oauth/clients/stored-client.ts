import type { Bytes } from '../../../../shared/bytes.ts';
import type { Millis } from '../../../../shared/clock.ts';
import type { ClientId } from '../../../../shared/ids.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { ClientProfile, ClientSecret } from './client.ts';

/** `disabled`: kept, but as good as unknown at every endpoint. */
export type ClientStatus = 'active' | 'disabled';

/** A client as it is stored. `client-metadata.ts` makes a `Client` of it. */
export type StoredClient = {
  readonly clientId: ClientId;
  readonly source: 'registered' | 'administered';
  /** In the names of RFC 7591 §2, checked, with every default written out. */
  readonly metadata: JsonObject;
  /** The newest first, two at most. */
  readonly secrets: readonly ClientSecret[];
  readonly profile: ClientProfile;
  readonly skipConsent: boolean;
  readonly resources: readonly string[] | null;
  readonly status: ClientStatus;
  /** SHA-256 (RFC 7592 §3). `null`: only an administrator manages it. */
  readonly registrationAccessTokenHash: Bytes | null;
  /** Counts its changes, from 1. */
  readonly revision: number;
  readonly createdAt: Millis;
  readonly updatedAt: Millis;
};

export type NewClient = Omit<StoredClient, 'revision' | 'updatedAt'>;
