type Method = (...args: never[]) => Promise<unknown>;

/** True for every member that answers with a promise; a member that does not has no place in a lazy part. */
type PromiseMembers<P> = { readonly [K in keyof P]: P[K] extends Method ? true : never };

/** What others see of a part: its members, without being of its class. */
export type LazyPart<P> = Pick<P, keyof P>;

/**
 * A part of the client whose code is fetched when one of its methods is first called: a browser that only shows a
 * record has no use for the code of deposits and votes. A fetch that failed is tried again by the next call.
 */
export function lazyPart<P extends object>(load: () => Promise<P>, members: PromiseMembers<P>): LazyPart<P> {
  let loading: Promise<P> | undefined;
  const part = async (): Promise<P> => {
    loading ??= load();
    try {
      return await loading;
    } catch (error) {
      loading = undefined;
      throw error;
    }
  };
  const forward =
    (name: keyof P) =>
    async (...args: never[]) => {
      const loaded = await part();
      return await (loaded[name] as Method).apply(loaded, args);
    };
  const names = Object.keys(members) as (keyof P)[];
  return Object.fromEntries(names.map((name) => [name, forward(name)])) as unknown as LazyPart<P>;
}
