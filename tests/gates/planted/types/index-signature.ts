// expected: TS4111
export const name = (facts: Record<string, string>): string | undefined => facts.name;
