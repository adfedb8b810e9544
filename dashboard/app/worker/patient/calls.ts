export const patientCalls = {};
