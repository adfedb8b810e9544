// expected: nothing
export { createDashboard } from '#dashboard';
export { openJournal } from '#storage';
