// expected: oxc(no-async-await)
export async function step(wait: PromiseLike<number>): ReturnType<typeof step> {
  return await wait;
}
