// expected: typescript(no-floating-promises)
const save = async (): Promise<void> => {};

export function stop(): void {
  save();
}
