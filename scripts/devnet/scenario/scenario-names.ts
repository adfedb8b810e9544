/** What a network holds when it is up: nobody but the administrators, or a clinic at work. */
export const SCENARIOS = ['empty', 'clinic'] as const;
export type Scenario = (typeof SCENARIOS)[number];
