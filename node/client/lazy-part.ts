type Method = (...args: never[]) => Promise<unknown>;
type Generating = (...args: never[]) => AsyncGenerator<unknown>;

/** How each member answers; one that answers at once has no place in a lazy part. */
type MembersOf<P> = {
  readonly [K in keyof P]: P[K] extends Method ? 'promise' : P[K] extends Generating ? 'generator' : never;
};

/** What others see of a part: its members, without being of its class. */
export type LazyPart<P> = Pick<P, keyof P>;

/** Fetches once, whoever asks first; a fetch that failed is tried again by the next who asks. */
export function fetchedOnce<T>(fetchIt: () => Promise<T>): () => Promise<T> {
  let fetching: Promise<T> | undefined;
  return async () => {
    fetching ??= fetchIt();
    try {
      return await fetching;
    } catch (error) {
      fetching = undefined;
      throw error;
    }
  };
}

/**
 * A part of the client whose code is fetched when one of its methods is first called: a browser that only signs in has
 * no use for the code of records, deposits and votes. A fetch that failed is tried again by the next call.
 */
export function lazyPart<P extends object>(load: () => Promise<P>, members: MembersOf<P>): LazyPart<P> {
  const part = fetchedOnce(load);
  const promised =
    (name: keyof P) =>
    async (...args: never[]) => {
      const loaded = await part();
      return await (loaded[name] as Method).apply(loaded, args);
    };
  const generating = (name: keyof P) =>
    async function* (...args: never[]) {
      const loaded = await part();
      yield* (loaded[name] as Generating).apply(loaded, args);
    };
  const entries = (Object.keys(members) as (keyof P)[]).map((name) => [
    name,
    members[name] === 'promise' ? promised(name) : generating(name),
  ]);
  return Object.fromEntries(entries) as unknown as LazyPart<P>;
}
