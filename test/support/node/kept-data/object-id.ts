import { createHash, createHmac } from 'node:crypto';

/**
 * The id of the object that has a name, as workerd derives it. The file of the object has that name.
 *
 * @param uniqueKey - Of the namespace: the name of its folder.
 */
export function objectId(uniqueKey: string, name: string): string {
  const key = createHash('sha256').update(uniqueKey).digest();
  const hmac = (of: string | Buffer) =>
    createHmac('sha256', key).update(of).digest().subarray(0, 16);
  const named = hmac(name);
  return Buffer.concat([named, hmac(named)]).toString('hex');
}
