// expected: TS1294
export enum Phase {
  prepare,
  commit,
}
