export const doctorCalls = {};
