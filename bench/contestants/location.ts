/**
 * Returns the URL of a redirect.
 *
 * @throws {Error} If the answer is not a redirect.
 */
export async function locationOf(response: Response): Promise<string> {
  const text = await response.text();
  const location = response.headers.get('location');
  if (location === null) throw new Error(`Cannot go on: ${response.status} ${text.slice(0, 500)}`);
  return location;
}
