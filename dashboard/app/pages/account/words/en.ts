export const words = {
  'account.name': 'Account',
};
