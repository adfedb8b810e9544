/** For the page that says to which institution somebody belongs, and takes her to another one. */
export const words = {
  'moving.lead': 'Its administrators admitted you, propose doctors to you, and help when you lose your keys.',
  'moving.home': 'Institution now',
  'moving.home.left': '{name} no longer belongs to the network',
  'moving.home.left.text':
    'Your account and your record go on. Nobody can propose doctors to you or recover your account until another institution receives you; it can do so at once.',
  'moving.staff': 'Staff do not move',
  'moving.staff.text':
    'Whoever works at another institution applies there for an account of its own. The former institution ends this one.',
  'moving.inactive': 'Your account is not active',
  'moving.inactive.text': 'You can move once your institution has admitted you.',
  'moving.recovery': 'Your account is getting new keys',
  'moving.recovery.text': 'While that runs you can neither ask another institution nor be received by one.',
  'moving.none': 'There is no other institution',
  'moving.none.text': 'Nobody else belongs to this network now.',
  'moving.what': 'What a move means',
  'moving.stays':
    'Your keys, your records, your devices, what you share, your doctors and your guardians stay as they are. Nothing is copied or sealed again.',
  'moving.changes':
    'From the block in which you are received on, the new institution proposes doctors, can suspend or recover your account, and hears of emergencies. The former one can not any more.',
  'moving.who':
    'You ask, and an administrator of the new institution receives you after a look at your document. Your present one need not agree. It has three days in which it can stop a move that is not yours, by suspending or recovering the account.',
  'moving.doctor':
    'A doctor whom you asked for and who was not proposed yet is asked for again at the new institution.',
  'moving.sign-in':
    'You go on signing in at this address. At the address of the new institution, open your account with the recovery code once and choose a passphrase there.',
  'moving.visible':
    'The network sees that a number moves, and between which institutions. What you say of yourself is sealed to the administrators of the new one.',
  'moving.begin': 'Ask another institution',
  'moving.choose': 'Where to',
  'moving.choose.missing': 'Choose an institution',
  'moving.sees': 'What you entered is sealed to the administrators of {name} and to you.',
  'moving.submit': 'Sign and ask',
  'moving.working': 'sealing what you say, and asking',
  'moving.waiting': 'You ask {name} to receive you',
  'moving.waiting.since': 'Asked in',
  'moving.waiting.block': 'block {height}',
  'moving.waiting.from': 'Can receive you from',
  'moving.waiting.next':
    'Go there with a document. {name} receives you or does nothing; nobody else decides.',
  'moving.waiting.due': 'It can receive you now.',
  'moving.look': 'Look again',
  'moving.stay': 'Take it back',
  'moving.stay.title': 'Stay where you are?',
  'moving.stay.text':
    '{name} can not receive you any more. You can ask again; the three days then begin anew.',
  'moving.stay.action': 'Sign and stay',
};
