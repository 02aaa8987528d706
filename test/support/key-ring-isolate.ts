import { env } from 'cloudflare:workers';

/**
 * An environment of its own, as an isolate that just started has: nothing is cached in it.
 *
 * @param onHop - Called with the ring's name for each call of its object. What it throws, the call throws.
 */
export function anIsolate(
  more: Partial<KeysEnv> = {},
  onHop: (name: string) => void = () => {},
): KeysEnv {
  const getByName = (name: string) => {
    onHop(name);
    return env.KEY_RINGS.getByName(name);
  };
  return { ...env, KEY_RINGS: Object.assign(Object.create(env.KEY_RINGS), { getByName }), ...more };
}

/** An isolate whose first calls of a ring's object fail. */
export function aFailingIsolate(...failures: Error[]): KeysEnv {
  return anIsolate({}, () => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
  });
}
