import * as z from 'zod';

/** How many a minute. */
export const rateLimitSetting = z.coerce.number().int().min(1).max(1e9);

/** Multiplies all limits of a Worker. */
export const rateLimitScaleSetting = z.coerce.number().positive().max(1e6);

/** @returns At least one. */
export const scaledLimit = (limit: number, scale: number): number =>
  Math.max(1, Math.round(limit * scale));
