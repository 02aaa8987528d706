import { env } from 'cloudflare:workers';

/**
 * An environment of its own, as an isolate that just started has: nothing is remembered in it.
 *
 * @param onHop - Called for each call of the ring's object. What it throws, the call throws.
 */
export function anIsolate(more: Partial<KeysEnv> = {}, onHop: () => void = () => {}): KeysEnv {
  const getByName = (name: string) => {
    onHop();
    return env.KEY_RINGS.getByName(name);
  };
  return { ...env, KEY_RINGS: Object.assign(Object.create(env.KEY_RINGS), { getByName }), ...more };
}

/** An isolate whose first calls of the ring's object fail. */
export function aFailingIsolate(...failures: Error[]): KeysEnv {
  return anIsolate({}, () => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
  });
}
