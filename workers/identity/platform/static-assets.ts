/**
 * Reads a file that the build put beside the Worker (`scripts/workers/build-assets.ts`). The binding
 * looks at an URL's path alone.
 *
 * @throws {Error} If there is no such file.
 */
export async function readStaticAsset(
  assets: Pick<Fetcher, 'fetch'>,
  file: string,
): Promise<string> {
  const response = await assets.fetch(`https://assets.local/${file}`);
  if (response.ok) return response.text();
  throw new Error(`Cannot read the static asset ${file}: status ${response.status}`);
}
