import { env } from 'cloudflare:workers';

/**
 * Makes a new environment without cached keys, as in an isolate that has just started.
 *
 * @param onHop - Is called with the ring's name for each call of its object. The call throws its errors.
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
