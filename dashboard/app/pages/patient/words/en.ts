export const words = {
  'patient.name': 'Patient',
};
