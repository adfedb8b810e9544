export const words = {
  'administrator.name': 'Administrator',
};
