import { z } from '@hono/zod-openapi';

const label = z.string().max(128).optional();

const members = {
  fingerprint: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .openapi({ description: 'Opaque to the server: compared, never interpreted.' }),
  installationId: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .openapi({ description: 'Minted by the client once per installation.' }),
  name: label,
  type: label,
  platform: label,
  browser: label,
};

/** What a client says of its device. All of it is optional, and none of it is proved. */
export const deviceInfoField = z.strictObject(members).openapi('DeviceInfo');

/** The same in an answer. */
export const deviceInfoSchema = z.object(members).openapi('SessionDevice');
