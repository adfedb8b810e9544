export const words = {
  'public.start.title': 'Health records that stay yours',
  'public.start.lead':
    'Records are sealed in your browser and kept by several institutions together. None of them can read them.',
  'public.start.network': 'See the network at work',
};
