// expected: TS1294
export namespace quorum {
  export const size = 3;
}
