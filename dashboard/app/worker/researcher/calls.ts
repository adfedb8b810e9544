export const researcherCalls = {};
