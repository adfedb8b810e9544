export const auditorCalls = {};
