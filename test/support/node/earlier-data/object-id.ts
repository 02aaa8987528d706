import { createHash, createHmac } from 'node:crypto';

/**
 * Derives the id of an object from its name, as workerd does. The object's file is named by its id.
 *
 * @param uniqueKey - The key of the namespace, which is the name of its folder.
 */
export function objectId(uniqueKey: string, name: string): string {
  const key = createHash('sha256').update(uniqueKey).digest();
  const hmac = (of: string | Buffer) =>
    createHmac('sha256', key).update(of).digest().subarray(0, 16);
  const named = hmac(name);
  return Buffer.concat([named, hmac(named)]).toString('hex');
}
