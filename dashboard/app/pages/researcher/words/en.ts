export const words = {
  'researcher.name': 'Researcher',
};
