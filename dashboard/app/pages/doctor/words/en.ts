export const words = {
  'doctor.name': 'Doctor',
};
