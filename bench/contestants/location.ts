/**
 * Follows a browser's step: where the answer sends it.
 *
 * @throws {Error} If it sends it nowhere.
 */
export async function locationOf(response: Response): Promise<string> {
  const text = await response.text();
  const location = response.headers.get('location');
  if (location === null) throw new Error(`Cannot go on: ${response.status} ${text.slice(0, 500)}`);
  return location;
}
