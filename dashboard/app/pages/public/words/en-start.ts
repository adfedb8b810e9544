/** The start page and the way in: all that a browser needs before anybody is somebody. */
export const words = {
  'public.start.title': 'Health records that stay yours',
  'public.start.lead':
    'Records are sealed in your browser and kept by several institutions together. None of them can read them.',
  'public.start.network': 'See the network at work',
  'public.start.inside': 'Signed in as {name}',
  'public.start.go': 'Go to your pages',
  'public.start.patient': 'Register as a patient',
  'public.start.patient.about': 'Make your keys here, and apply at this institution.',
  'public.start.professional': 'Register as a doctor or researcher',
  'public.start.professional.about': 'Two administrators of this institution decide about doctors.',
  'public.start.application': 'Check my application',
  'public.start.application.about': 'See who has decided, and what is still missing.',
  'public.start.recover': 'Recover access',
  'public.start.recover.about': 'With your recovery code, or through your institution.',
  'public.start.verify': 'Verify a proof',
  'public.start.verify.about': 'Check a receipt or an audit file in this browser.',
  'public.start.about': 'About this node',
  'public.start.about.about': 'What it holds, and what it can not do.',
  'public.sign-in.title': 'Sign in',
  'public.sign-in.name': 'Account name',
  'public.sign-in.passphrase': 'Passphrase',
  'public.sign-in.name.missing': 'Enter your account name',
  'public.sign-in.passphrase.missing': 'Enter your passphrase',
  'public.sign-in.action': 'Sign in',
  'public.sign-in.passkey': 'Use a passkey',
  'public.sign-in.unlocking': 'opening your keys on this device',
  'public.passkey.cancelled': 'The passkey was not used. Try again, or use your passphrase.',
  'public.passkey.unsupported':
    'This browser or this passkey can not give a key. Use your passphrase, or a newer browser.',
  'public.closed.refused.title': 'Your application was refused',
  'public.closed.refused': 'Ask the office of this institution for the reason. Nothing of yours is stored.',
  'public.closed.suspended.title': 'This account is suspended',
  'public.closed.suspended':
    'An administrator has closed it for now. Your records are safe and sealed. Ask the office of your institution.',
  'public.closed.revoked.title': 'This account has ended',
  'public.closed.revoked': 'It can not be opened again. Ask the office of your institution.',
  'public.closed.unknown.title': 'The network does not know this account',
  'public.closed.unknown':
    'The keys open, but nobody is registered with them. If you registered a moment ago, try again.',
  'public.closed.other.title': 'This account is closed',
  'public.closed.other': 'Ask the office of your institution.',
  'error.open-failed.message': 'No account opens with this here.',
  'error.open-failed.safe':
    'Nothing was changed. Wrong tries are not told apart, and do not lock your account.',
  'error.open-failed.action':
    'Check the account name and the passphrase, and that this is the node where you registered. Else use your recovery code.',
};
