// expected: TS2375
interface Options {
  signal?: string;
}
export const options: Options = { signal: undefined };
