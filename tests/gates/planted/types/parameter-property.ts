// expected: TS1294
export class Round {
  constructor(readonly number: number) {}
}
