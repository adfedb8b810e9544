import type { LedgerErrorCode, RefusalCode } from '#consensus/ledger';

/** What a code means, and what to do. */
export type Text = readonly [meaning: string, action: string];

/** Refusals of the ledger: the transaction has no effect. */
export const REFUSAL_TEXTS: Readonly<Record<RefusalCode, Text>> = {
  malformed: [
    'The transaction does not have the shape of its kind.',
    'Program and network may be of different versions: update.',
  ],
  'other-chain': ['The transaction was signed for another network.', 'Use the genesis file of this network.'],
  expired: ['The transaction’s last height has passed.', 'Sign it again.'],
  'expiry-too-far': [
    'The transaction would stay valid for too long.',
    'Sign it with a nearer expiry height.',
  ],
  'sender-unknown': ['The signer is not registered.', 'Register first.'],
  'already-registered': ['These keys are registered already.', 'Sign in with them.'],
  'nonce-used': [
    'The sender’s transaction of this number was agreed already.',
    'Look whether it had its effect; sign the next number.',
  ],
  'nonce-ahead': ['An earlier transaction of the sender is missing.', 'Send the earlier one first.'],
  'signature-invalid': ['The signature is not the sender’s.', 'Sign with the keys of the account.'],
  'sender-not-keys': ['The sender’s id is not the hash of the keys.', 'Register with the id of the keys.'],
  'keys-invalid': ['The keys cannot be used, or the proof of possession is false.', 'Make new keys.'],
  'sender-not-active': [
    'The signer is not active: pending, refused, suspended or revoked.',
    'Ask the administrator of the institution.',
  ],
  'role-not-allowed': ['The signer’s role may not do this.', 'Ask somebody whose role it is.'],
  'institution-unknown': ['No institution has this id.', 'Take the id from the genesis file.'],
  'person-unknown': ['Nobody is registered with this id.', 'Check the id.'],
  'other-institution': [
    'The person belongs to another institution.',
    'Ask that institution’s administrator.',
  ],
  'own-case': [
    'Nobody decides about themselves, or reviews an emergency of their own institution.',
    'Ask another administrator, or another institution.',
  ],
  'wrong-status': [
    'The person’s state does not allow this step.',
    'Look at the person’s state; the step may be done already.',
  ],
  'already-decided-by-sender': [
    'The second decision must come from another administrator.',
    'Ask another administrator.',
  ],
  'device-unknown': ['No device has this id.', 'Enrol the device first.'],
  'other-patient': ['The record, device or grant belongs to another patient.', 'Check the ids.'],
  'not-a-patient': ['The person is not registered as a patient.', 'Check the id.'],
  'not-a-doctor': ['The person is not registered as a doctor.', 'Check the id.'],
  'person-not-active': ['The other person is not active.', 'Ask that person’s institution.'],
  'not-permitted': [
    'The signer is neither the patient nor in charge of the patient.',
    'Ask the patient, or have the doctor assigned.',
  ],
  'assignment-exists': ['The doctor is assigned already.', 'Nothing is needed.'],
  'assignment-unknown': ['No such assignment is open.', 'The administrator creates it first.'],
  'too-many-custodians': [
    'The patient has as many doctors in charge as are allowed.',
    'End another assignment first.',
  ],
  'recipient-not-allowed': [
    'A key was addressed to somebody who may not hold it.',
    'Address it to the patient, a doctor in charge or a device.',
  ],
  duplicate: ['Something is listed twice.', 'List it once.'],
  'receipt-invalid': [
    'A storage receipt was not signed by the node it names.',
    'Ask for the receipts again.',
  ],
  'receipts-too-few': [
    'Too few institutions confirmed that they hold the records.',
    'Ask for the receipts again when more are in reach.',
  ],
  'record-exists': [
    'This writer has anchored a record of this nonce.',
    'Nothing is needed, or draw a new nonce.',
  ],
  'record-unknown': ['No record has this id.', 'Check the id.'],
  'previous-amended': ['The record was amended already.', 'Amend its newest version.'],
  'sequence-wrong': [
    'Another record of this writer came first.',
    'Read the writer’s lane again and sign the next number.',
  ],
  'tag-taken': ['A search tag of this writer is in use already.', 'Read the writer’s counters again.'],
  'too-many-writers': ['The patient has as many writers as are allowed.', 'Upload through a known device.'],
  'request-open': ['The same request is open already.', 'Wait for the answer.'],
  'request-unknown': ['No such request is open.', 'It may be answered already.'],
  'delegate-not-allowed': [
    'The person may not be given access.',
    'Only an active doctor or researcher may be.',
  ],
  'grant-exists': ['This grant exists already.', 'Nothing is needed.'],
  'grant-unknown': ['No grant has this id.', 'Check the id.'],
  'grant-revoked': [
    'The grant was revoked.',
    'Ask for a new one. What was opened before stays in the list of accesses.',
  ],
  'grant-expired': ['The grant’s time is over.', 'Ask for a new one.'],
  'threshold-wrong': [
    'The grant asks for fewer proxies than the network demands, or more than there are.',
    'Use the network’s threshold.',
  ],
  'commitments-wrong': [
    'The number of commitments is not the threshold.',
    'Make the grant or deposit again.',
  ],
  'shares-wrong': ['The grant does not give every institution its share.', 'Make the grant again.'],
  'expiry-wrong': [
    'The expiry of the grant or application is past or too far away.',
    'Choose another date; an applicant signs again.',
  ],
  'rekey-unknown': ['The grant has no key of this number.', 'Take the number from the grant’s terms.'],
  'record-erased': ['The record was erased by the patient.', 'Nothing brings it back. Ask the patient.'],
  'kit-serial-wrong': [
    'The number of the writer kits is not one that exists.',
    'Fetch the keyring again and repeat it.',
  ],
  'kit-superseded': [
    'The writer’s kits were replaced by newer ones.',
    'Fetch the keyring again, seal the records anew and repeat it.',
  ],
  'identifier-taken': [
    'The institution has a patient with this identity.',
    'Look for the first registration: the same person may have registered twice.',
  ],
  'identifier-not-allowed': ['Only patients are approved with an identity hash.', 'Approve without it.'],
  'identity-key-exists': [
    'The institution has published its key for identities.',
    'Use that one; it is for good.',
  ],
  'identity-key-invalid': [
    'The key is not signed by the institution’s node, or is no key.',
    'Take it from the node again.',
  ],
  'keys-used': ['These keys were in use before.', 'Make new keys.'],
  'too-many-key-changes': ['The keys were changed as often as is allowed.', 'Register anew.'],
  'recovery-open': ['A recovery of this person is running.', 'Finish it, or stop it first.'],
  'recovery-unknown': ['No recovery was started for this person.', 'Start one.'],
  'window-open': ['The person can still object.', 'Finish it when the time in finishFromMs has come.'],
  'too-many-covers': ['As many doctors as are allowed cover for the patient.', 'End a cover first.'],
  'cover-unknown': ['This doctor does not cover for the patient now.', 'Nothing is needed: it may be over.'],
  'guardian-not-allowed': [
    'This person can not be the guardian.',
    'Name another person who is registered as a patient.',
  ],
  'guardianship-exists': ['The guardianship is proposed or active already.', 'Confirm it, or end it first.'],
  'guardianship-unknown': [
    'There is no such guardianship.',
    'Let an administrator of the patient’s institution propose it.',
  ],
  'too-many-guardians': [
    'The patient has had as many guardians as are allowed.',
    'Name one of the former guardians.',
  ],
  'sharing-exists': ['This deposit for emergencies was made already.', 'Make it again with a fresh nonce.'],
  'sharing-off': [
    'The patient has no deposit for emergencies.',
    'Ask the patient, or a guardian or doctor in charge, for access.',
  ],
  'emergency-open': [
    'An emergency of this doctor for this patient is waiting or running.',
    'Use it, or end it first.',
  ],
  'emergency-unknown': ['No emergency has this id.', 'Check the id.'],
  'emergency-expired': ['It was not countersigned within an hour.', 'Ask again.'],
  'move-unknown': ['The person asks no institution to be her home.', 'Let her ask: phr move ask.'],
  'too-many-reviews': ['As many institutions have reviewed it as may.', 'Nothing is needed.'],
  'evidence-invalid': [
    'This does not show that a node broke the rules.',
    'Keep it and show it to the node’s institution.',
  ],
  'evidence-known': ['This fault is recorded already.', 'Nothing is needed.'],
  'institution-not-member': [
    'The institution does not belong to the consortium at this height: it left, or has not begun.',
    'Look at "phr member list"; patients of one that left go on, its staff acts no more.',
  ],
  'institution-known': [
    'An institution with these keys belongs, or belonged.',
    'Whoever comes back makes new keys with "phr init".',
  ],
  'admission-invalid': [
    'The application is not signed by its own validator key for this network.',
    'The applicant makes it again with "phr member apply" and this network’s genesis.',
  ],
  'height-wrong': [
    'The change is stated for a height that has passed, or is too far ahead.',
    'State a height a little above the present one.',
  ],
  'proposal-open': ['A proposal of your institution about this one is open.', 'Vote on that one.'],
  'proposal-unknown': ['No proposal has this id.', 'Take the id from "phr member list".'],
  'proposal-over': ['The proposal was decided, or its thirty days are over.', 'Propose it again if need be.'],
  'change-scheduled': [
    'Another change is settled and not yet in force: one at a time.',
    'Vote again when it is in force.',
  ],
  'too-few-members': [
    'The consortium would fall below four institutions, and tolerate no fault.',
    'Admit another institution first.',
  ],
  'too-many-members': ['The consortium has as many institutions as it can have.', 'One must leave first.'],
  'reshare-not-due': [
    'The holders of this grant or deposit are the present members already, or the deal is for another epoch.',
    'Nothing to do: nodes look again by themselves.',
  ],
  'reshare-unknown': [
    'No such deals wait for this grant or deposit, or not in this order.',
    'Nothing to do: nodes look again by themselves.',
  ],
  'not-a-holder': [
    'The node holds no share of this grant, so it has nothing to share again.',
    'Nothing to do: the holders share it.',
  ],
};

/** Bytes that are not what they claim to be. */
export const LEDGER_TEXTS: Readonly<Record<LedgerErrorCode, Text>> = {
  'transaction-malformed': [
    'The bytes are not a transaction.',
    'Sign it again with a program of this version.',
  ],
  'genesis-malformed': [
    'The genesis file is damaged or was not made by "phr genesis".',
    'Get the file again and compare the chain id with another institution.',
  ],
  'state-malformed': ['A row of the ledger’s state is damaged.', 'Stop the node and run "phr check".'],
  'proof-invalid': [
    'The answer does not follow from a state that a quorum certified.',
    'Do not trust this answer. Ask another node, and tell the operator of this one.',
  ],
  'head-invalid': [
    'The header is not certified by a quorum of this network.',
    'Do not trust this answer. Ask another node.',
  ],
  'inclusion-invalid': [
    'The transaction is not in the block that was named.',
    'Do not trust this answer. Ask another node.',
  ],
};
