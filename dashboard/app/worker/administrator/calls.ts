export const administratorCalls = {};
