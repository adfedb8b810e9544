/** To which institution somebody belongs and how she moves; who acts for whom, for all who have a part in it. */
export const words = {
  'ties.moving.lead':
    'Its administrators admitted you, propose doctors to you, and help when you lose your keys.',
  'ties.moving.home': 'Institution now',
  'ties.moving.home.left': '{name} no longer belongs to the network',
  'ties.moving.home.left.text':
    'Your account and your record go on. Nobody can propose doctors to you or recover your account until another institution receives you; it can do so at once.',
  'ties.moving.staff': 'Staff do not move',
  'ties.moving.staff.text':
    'Whoever works at another institution applies there for an account of its own. The former institution ends this one.',
  'ties.moving.inactive': 'Your account is not active',
  'ties.moving.inactive.text': 'You can move once your institution has admitted you.',
  'ties.moving.recovery': 'Your account is getting new keys',
  'ties.moving.recovery.text':
    'While that runs you can neither ask another institution nor be received by one.',
  'ties.moving.none': 'There is no other institution',
  'ties.moving.none.text': 'Nobody else belongs to this network now.',
  'ties.moving.what': 'What a move means',
  'ties.moving.stays':
    'Your keys, your records, your devices, what you share, your doctors and your guardians stay as they are. Nothing is copied or sealed again.',
  'ties.moving.changes':
    'From the block in which you are received on, the new institution proposes doctors, can suspend or recover your account, and hears of emergencies. The former one can not any more.',
  'ties.moving.who':
    'You ask, and an administrator of the new institution receives you after a look at your document. Your present one need not agree. It has three days in which it can stop a move that is not yours, by suspending or recovering the account.',
  'ties.moving.doctor':
    'A doctor whom you asked for and who was not proposed yet is asked for again at the new institution.',
  'ties.moving.sign-in':
    'You go on signing in at this address. At the address of the new institution, open your account with the recovery code once and choose a passphrase there.',
  'ties.moving.visible':
    'The network sees that a number moves, and between which institutions. What you say of yourself is sealed to the administrators of the new one.',
  'ties.moving.begin': 'Ask another institution',
  'ties.moving.choose': 'Where to',
  'ties.moving.choose.missing': 'Choose an institution',
  'ties.moving.sees': 'What you entered is sealed to the administrators of {name} and to you.',
  'ties.moving.submit': 'Sign and ask',
  'ties.moving.working': 'sealing what you say, and asking',
  'ties.moving.waiting': 'You ask {name} to receive you',
  'ties.moving.waiting.since': 'Asked in',
  'ties.moving.waiting.block': 'block {height}',
  'ties.moving.waiting.from': 'Can receive you from',
  'ties.moving.waiting.next':
    'Go there with a document. {name} receives you or does nothing; nobody else decides.',
  'ties.moving.waiting.due': 'It can receive you now.',
  'ties.moving.look': 'Look again',
  'ties.moving.stay': 'Take it back',
  'ties.moving.stay.title': 'Stay where you are?',
  'ties.moving.stay.text':
    '{name} can not receive you any more. You can ask again; the three days then begin anew.',
  'ties.moving.stay.action': 'Sign and stay',
  'ties.guardian.title': 'Guardians',
  'ties.guardian.lead':
    'For a child, or somebody who can not decide for herself: two administrators of her institution name who acts for her, at most for two years.',
  'ties.guardian.mine': 'Who may act for me',
  'ties.guardian.mine.none': 'Nobody acts for you.',
  'ties.guardian.mine.text':
    'A guardian opens your record, shares it, accepts doctors and erases, wherever you could, except for your devices and your account. Everything stands in the list of who has seen your data.',
  'ties.guardian.mine.end':
    'Only the guardian or an administrator of your institution ends it once it is confirmed. Ask the office.',
  'ties.guardian.wards': 'For whom I act',
  'ties.guardian.wards.none': 'You act for nobody.',
  'ties.guardian.wards.text': 'What you open here, she reads in her list, with your account in it.',
  'ties.guardian.state.proposed': 'waits for a second administrator',
  'ties.guardian.state.active': 'acts',
  'ties.guardian.state.ended': 'ended',
  'ties.guardian.state.over': 'time is up',
  'ties.guardian.until': 'until {date}',
  'ties.guardian.since': 'last change in block {height}',
  'ties.guardian.keys.none': 'Nothing is sealed to this guardian yet: without your keys nothing opens.',
  'ties.guardian.keys.older': 'This guardian does not open what is written now: seal your keys anew.',
  'ties.guardian.keys.left': 'This former guardian still opens what is written now.',
  'ties.guardian.seal': 'Seal my keys anew',
  'ties.guardian.seal.text':
    'To you, your doctors in charge and your guardians of now. What is written from then on is out of reach of who acted before; what was read stays read.',
  'ties.guardian.decline': 'Refuse',
  'ties.guardian.decline.title': 'Refuse this guardian?',
  'ties.guardian.decline.text':
    'The proposal ends. Administrators of your institution can propose somebody again.',
  'ties.guardian.decline.action': 'Sign the refusal',
  'ties.guardian.ward.open': 'Open the record',
  'ties.guardian.ward.keys':
    'Nothing is sealed to you yet. She seals her keys on her page of guardians; a doctor in charge does when a share is taken back.',
  'ties.guardian.lay-down': 'Act no more',
  'ties.guardian.lay-down.title': 'Act for this person no more?',
  'ties.guardian.lay-down.text':
    'From the next block on you open and sign nothing in her place. To act again takes two administrators.',
  'ties.guardian.lay-down.action': 'Sign the end',
  'ties.guardian.ward.title': 'A record in my care',
  'ties.guardian.ward.lead': 'You act for this person. What you open stands in her list.',
  'ties.guardian.ward.back': 'Back to the record',
  'ties.guardian.ward.all': 'Back to the guardians',
  'ties.guardian.ward.not': 'You do not act for this person now',
  'ties.guardian.ward.not.text': 'The guardianship is not confirmed, was ended, or its time is up.',
  'ties.guardian.office.title': 'Guardians',
  'ties.guardian.office.lead':
    'Who acts for patients of your institution. One administrator proposes, another one confirms; the ledger shows who, and until when, and no reason.',
  'ties.guardian.office.list': 'Guardianships, newest first',
  'ties.guardian.office.none': 'Nobody acts for a patient of your institution.',
  'ties.guardian.office.patient': 'Patient',
  'ties.guardian.office.guardian': 'Guardian',
  'ties.guardian.office.state': 'State',
  'ties.guardian.office.until': 'Until',
  'ties.guardian.office.changed': 'Last change',
  'ties.guardian.office.block': 'block {height}',
  'ties.guardian.office.action': 'Action',
  'ties.guardian.office.confirm': 'Confirm',
  'ties.guardian.office.confirm.title': 'Confirm this guardian?',
  'ties.guardian.office.confirm.text':
    'Look at the document that gives the right. With your signature {guardian} acts for {patient} wherever she could, until the time is up or somebody ends it.',
  'ties.guardian.office.end': 'End',
  'ties.guardian.office.end.title': 'End this guardianship?',
  'ties.guardian.office.end.text':
    'From the next block on {guardian} signs nothing for {patient}. Keys that were sealed before open what was written before, until she seals them anew.',
  'ties.guardian.office.sign': 'Sign',
  'ties.guardian.office.propose': 'Propose a guardian',
  'ties.guardian.office.propose.text':
    'A guardian is registered as a patient, at any institution: so no role tells who is one. Another administrator of yours confirms.',
  'ties.guardian.office.choose': 'Choose',
  'ties.guardian.office.elsewhere': 'Somebody of another institution',
  'ties.guardian.office.number': 'Account number of the guardian',
  'ties.guardian.office.number.hint': '64 letters and digits; it stands on the account page of the guardian.',
  'ties.guardian.office.until.hint': 'At most two years ahead.',
  'ties.guardian.office.patient.missing': 'Choose the patient',
  'ties.guardian.office.guardian.missing': 'Choose the guardian',
  'ties.guardian.office.number.wrong': 'Enter 64 letters and digits',
  'ties.guardian.office.same': 'Nobody is her own guardian',
  'ties.guardian.office.until.wrong': 'Choose a day from tomorrow on, at most two years ahead',
  'ties.guardian.office.submit': 'Sign the proposal',
};
