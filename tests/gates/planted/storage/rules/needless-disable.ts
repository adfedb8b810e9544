// expected: unused-directive
// oxlint-disable-next-line no-console -- nothing here prints
export const quiet = true;
