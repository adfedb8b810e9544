export const words = {
  'auditor.name': 'Auditor',
};
