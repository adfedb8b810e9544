/** For the one page that says what stays sealed after a recovery. */
export const words = {
  'sealed.title': 'Your record after a recovery',
  'sealed.lead': 'You have your account back. Your record may still be locked with the key that was lost.',
  'sealed.open': 'Your record is open to you',
  'sealed.open.text': 'Nothing of it is sealed to a key that you lost.',
  'sealed.home': 'To your health record',
  'sealed.done': 'Your record is open again',
  'sealed.what': 'Your record is sealed to the keys that you lost',
  'sealed.why':
    'Your account has new keys. Nobody kept a copy of the former ones, so what was sealed to them does not open by itself.',
  'sealed.why.date':
    'Your institution gave your account new keys on {date}. Nobody kept a copy of the former ones, so what was sealed to them does not open by itself.',
  'sealed.safe':
    'Nothing is lost: all records are where they were. Neither your institution nor any other that keeps them can read them.',
  'sealed.shares': {
    one: '{count} share of yours is still running: who has it reads what was shared.',
    other: '{count} shares of yours are still running: who has them reads what was shared.',
  },
  'sealed.helpers': 'Who can open it for you',
  'sealed.helpers.text':
    'These people have your keys. Call one of them: under “My patients” there is a button that seals your record to your new keys. It takes a moment.',
  'sealed.helpers.none': 'No doctor in charge, guardian or doctor who covers has your keys.',
  'sealed.look': 'Look whether it was done',
  'sealed.code': 'You found your former recovery code',
  'sealed.code.label': 'Former recovery code',
  'sealed.code.hint':
    'The paper from before the recovery. It no longer opens your account, but it opens the record.',
  'sealed.code.action': 'Open the record with it',
  'sealed.deposit': 'You laid something down for this case',
  'sealed.deposit.text':
    'Parts of your former key lie with several institutions. After a recovery they give them to you, and to nobody else.',
  'sealed.deposit.label': 'Passphrase of then',
  'sealed.deposit.hint': 'Leave it empty if you chose none.',
  'sealed.deposit.action': 'Get my keys back',
  'sealed.anew': 'Begin a new record',
  'sealed.anew.text':
    'If nobody has your keys and the paper is gone, you can go on with an empty record. Shares that run go on.',
  'sealed.anew.action': 'Begin a new record',
  'sealed.anew.title': 'Give up the former record?',
  'sealed.anew.final':
    'The former record then stays sealed for good, even if the paper is found later. Devices must be enrolled again. This can not be undone.',
  'sealed.working': 'sealing your record to your new keys',
};
