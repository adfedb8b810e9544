/** Words of the record, shared by the pages of all who read one. */
export const words = {
  'clinical.vitals': 'Vital signs',
};
