import type { CryptoErrorCode } from '#crypto';
import type { ClientErrorCode } from '#node/client';
import type { NetworkErrorCode } from '#node/network';
import type { ProxyRefusalCode } from '#node/proxy';
import type { IdentityRefusalCode } from '#node/services';
import type { StorageErrorCode } from '#storage';
import type { ConfigErrorCode, NodeKeyErrorCode } from '../../config.ts';
import type { EntryErrorCode } from '../institution-entry.ts';
import type { Text } from './ledger-texts.ts';

export const CLI_TEXTS: Readonly<
  Record<ConfigErrorCode | NodeKeyErrorCode | EntryErrorCode | 'genesis-unreadable' | 'usage', Text>
> = {
  usage: ['The words of the command do not fit it.', 'See "phr <command> --help".'],
  'config-unreadable': ['The configuration cannot be read.', 'Check the path and its permissions.'],
  'config-malformed': [
    'The configuration is not JSON, or far too long.',
    'Correct the file; "phr init" writes a sound one.',
  ],
  'config-invalid': [
    'A field of the configuration is missing, unknown or out of bounds.',
    'Correct the named fields.',
  ],
  'devnet-mismatch': [
    'Keys or genesis of a development network meet those of a real one.',
    'Never use a development key in a real network: anybody can compute it.',
  ],
  'key-exists': [
    'There is a key already, and keys are never overwritten.',
    'Use it, or choose another directory.',
  ],
  'key-unwritable': ['The key file cannot be written.', 'Check the directory and its permissions.'],
  'key-unreadable': ['The node key cannot be read.', 'Check the path and its permissions.'],
  'key-malformed': [
    'The node key file is damaged.',
    'Restore it from the backup. Do not make a new key: the network knows the old one.',
  ],
  'key-exposed': [
    'Other users of this machine can read the node key.',
    'Set its mode to 0600, find out who had access, and consider the key known.',
  ],
  'genesis-unreadable': [
    'The genesis file cannot be read.',
    'Put the network’s genesis file where the configuration names it.',
  ],
  'entry-unreadable': ['An entry or key file cannot be read.', 'Check the path.'],
  'entry-malformed': ['An entry or key file does not have the right shape.', 'Ask for the file again.'],
  'entry-keys-invalid': [
    'An administrator’s keys do not prove that their owner holds them.',
    'Ask the institution to make its entry again.',
  ],
  'entries-conflict': ['The entries do not fit together.', 'Ask the named institutions.'],
};

export const IDENTITY_TEXTS: Readonly<Record<Exclude<IdentityRefusalCode, 'malformed'>, Text>> = {
  'applicant-unknown': [
    'The institution sees no open application of a patient at the asking institution.',
    'Repeat in a moment: the block is on its way to it.',
  ],
  'limit-reached': [
    'The institution has answered often enough about this application, or in this hour.',
    'Repeat in an hour, or decide without it.',
  ],
};

export const STORAGE_TEXTS: Readonly<Record<StorageErrorCode, Text>> = {
  'block-mismatch': ['The bytes are not those that the address names.', 'Get them from another holder.'],
  'block-too-large': ['The block is larger than the limit.', 'Split it.'],
  'block-unsupported': ['Only SHA-256 addresses are stored.', 'Address it by SHA-256.'],
  'disk-full': [
    'The disk is full, or so nearly that only ledger and journal may still write.',
    'Make room. Uploads go on where they stopped; nothing acknowledged was lost.',
  ],
  'directory-locked': [
    'Another process uses the data directory.',
    'Stop it first. Two processes must never sign with one key.',
  ],
  'height-out-of-order': ['A block came out of order.', 'Run "phr check"; report it.'],
  'journal-closed': ['The journal is closed.', 'Start the node again.'],
  'journal-corrupt': [
    'The journal is damaged before its end, so the node cannot know what it signed.',
    'Check the disk. Then move the journal directory aside and keep it: without one the node signs nothing until it is past all that it may have signed. Never put an older copy in its place.',
  ],
  'journal-failed': [
    'The disk did not take a write of the journal, so the node stopped signing.',
    'Check the disk, then start the node again.',
  ],
  'journal-record-too-large': ['A journal record is larger than the limit.', 'Report it.'],
  'read-failed': [
    'A file of the node could not be read, or is damaged.',
    'Check the disk. A damaged ledger directory can be moved aside, with the journal kept: the chain is fetched from the others.',
  ],
  'block-erased': [
    'The block belongs to something that was erased.',
    'Nothing: what was erased is not stored again.',
  ],
  'schema-unknown': ['The store was written by another version.', 'Use that version.'],
  'store-closed': ['The store is closed.', 'Start the node again.'],
  'write-failed': ['The disk did not take a write.', 'Check free space and permissions.'],
};

export const NETWORK_TEXTS: Readonly<Record<NetworkErrorCode, Text>> = {
  aborted: ['The request was given up.', 'Repeat it if it is still needed.'],
  'block-unavailable': [
    'No institution in reach has this part of the record just now.',
    'Try again when more are in reach.',
  ],
  busy: ['The other node is at its limit.', 'Try again in a few seconds.'],
  'frame-too-large': ['A message is larger than the limit.', 'Node versions may differ: update.'],
  malformed: ['A message does not have the right shape.', 'Node versions may differ: update.'],
  'not-connected': [
    'The other node cannot be reached.',
    'Check its address, its firewall and whether it runs.',
  ],
  'not-enough-holders': [
    'Too few institutions confirm that they hold the record.',
    'Try again when more are in reach; keep the original until then.',
  ],
  'not-started': ['The network part of the node is not started.', 'Wait until the node is ready.'],
  'listen-failed': [
    'The node cannot listen for its peers where the configuration says.',
    'See whether another program has the port, and whether this machine has the address.',
  ],
  'protocol-taken': ['A protocol was registered twice.', 'Report it.'],
  'receipt-refused': ['A holder lacks a part of the record.', 'Upload it again.'],
  refused: ['The other side refused.', 'The remote code beside it says why.'],
  'remote-failed': ['The other node failed to answer.', 'Try again; tell its operator.'],
  'stream-closed': ['The connection ended.', 'The node dials again by itself.'],
  timeout: ['The other node did not answer in time.', 'Try again.'],
  'topic-unknown': ['A gossip topic is not of this network.', 'Node versions may differ: update.'],
  'unknown-peer': ['The node is not a member of this network.', 'Check the genesis file.'],
};

export const CLIENT_TEXTS: Readonly<Record<ClientErrorCode, Text>> = {
  unreachable: ['The node cannot be reached.', 'Check whether it runs, and its address.'],
  'timed-out': ['The time for this ran out.', 'Look whether it took effect before you repeat it.'],
  aborted: NETWORK_TEXTS.aborted,
  refused: NETWORK_TEXTS.refused,
  'answer-malformed': [
    'The node’s answer has not the shape of the API.',
    'Program and node may be of different versions.',
  ],
  'proof-invalid': [
    'The node’s answer does not verify.',
    'Do not trust this node. Ask another one, and tell the operator.',
  ],
  'stale-head': [
    'The node shows an older state than was seen before.',
    'Wait until it has caught up, or ask another node.',
  ],
  'ledger-forked': [
    'The network agreed on two different blocks of one height.',
    'Trust nothing it says until people have looked; give the evidence file to the auditor.',
  ],
  'members-unconfirmed': [
    'Institutions joined or left while this program was away for more than a month.',
    'Compare the fingerprint with your institution by telephone, then give it with --members.',
  ],
  'no-keys': ['This needs the person’s keys.', 'Unlock the account.'],
  'no-access': ['None of your keys opens this.', 'Ask the patient or the doctor in charge for access.'],
  'not-found': ['It does not exist; the network proves that.', 'Check what was asked for.'],
  'record-invalid': [
    'A record does not open or says something else than its anchor.',
    'Fetch it from another node; tell the operator.',
  ],
  'not-enough-conversions': [
    'Too few institutions converted honestly.',
    'Try again when more are in reach. Wrong answers are evidence: keep them.',
  ],
  'input-invalid': ['What was asked for is out of bounds.', 'Correct it; nothing was sent.'],
  contended: ['Another writer was faster several times.', 'Try again.'],
  'file-changed': [
    'The file is not the one that was read before: it was changed, or is another one.',
    'Begin anew with the file as it is now. What was stored of the other one stays what it was.',
  ],
};

export const PROXY_TEXTS: Readonly<Record<ProxyRefusalCode, Text>> = {
  malformed: NETWORK_TEXTS.malformed,
  'stale-view': [
    'The proxy cannot be sure that its view of the ledger is fresh.',
    'Try again when a quorum is in reach.',
  ],
  'ledger-forked': CLIENT_TEXTS['ledger-forked'],
  'not-a-proxy': ['The node is no proxy of this network.', 'Ask a member.'],
  'access-unknown': ['No such access request is agreed.', 'Submit it first: no audit, no key.'],
  'access-too-old': ['The access request is too many blocks old.', 'Submit a new one.'],
  'grant-unknown': ['No grant has this id.', 'Check the id.'],
  'grant-revoked': ['The grant was revoked.', 'Ask for a new one.'],
  'grant-expired': ['The grant’s time is over.', 'Ask for a new one.'],
  'delegate-not-active': ['The delegate’s account is not active.', 'Ask the delegate’s institution.'],
  'record-unknown': ['No record has this id.', 'Check the id.'],
  'other-patient': ['The record belongs to another patient than the grant.', 'Ask that patient.'],
  'header-mismatch': [
    'The record’s header is not the anchored one.',
    'Tell the operators; the upload was not honest.',
  ],
  'header-unproven': [
    'The record’s header does not prove that its writer made it.',
    'Tell the operators; the upload was not honest.',
  ],
  'slot-unknown': ['The record has no slot of this number.', 'Take the number from the header.'],
  'rekey-unknown': ['The grant has no key of this number.', 'Take the number from the grant’s terms.'],
  'no-share': ['The grant gives this node no share.', 'Ask other proxies.'],
  'share-invalid': [
    'The share of this node does not fit the grant’s commitments.',
    'The grant was not made honestly: ask for a new one.',
  ],
  'emergency-unknown': ['No such emergency is agreed.', 'Ask for it on the ledger first.'],
  'not-countersigned': [
    'Nobody of the doctor’s institution has vouched for the emergency in time.',
    'Ask an administrator there; after an hour, request it anew.',
  ],
  'emergency-over': ['The emergency has ended or its time is over.', 'Request a new one if it is needed.'],
  'not-recoverable': [
    'No finished recovery gave this person the keys that it has, or it had deposited nothing.',
    'Wait until the time to object is over and a second administrator has finished it.',
  ],
  'sharing-off': [
    'The patient does not share her emergency records any more, or shares them anew.',
    'Request a new emergency if she shares them still.',
  ],
};

export const CRYPTO_TEXTS: Readonly<Record<CryptoErrorCode, Text>> = {
  encoding: ['The bytes are not in canonical form.', 'Program versions may differ: update.'],
  'input-invalid': ['An input is out of bounds.', 'Correct it.'],
  'too-large': ['An input is too large.', 'Split it.'],
  'point-invalid': ['A group element is not valid.', 'The sender is not honest or of another version.'],
  'scalar-invalid': ['A scalar is not valid.', 'The sender is not honest or of another version.'],
  'key-invalid': ['A key cannot be used.', 'Make new keys.'],
  'share-invalid': PROXY_TEXTS['share-invalid'],
  'conversion-invalid': [
    'A proxy’s answer does not verify.',
    'Take another proxy; keep the answer as evidence.',
  ],
  'evaluation-invalid': [
    'An institution did not use its published key to look for an identity.',
    'Its answer counts for nothing: ask it again, and tell the others.',
  ],
  'open-failed': [
    'It does not open with this key or passphrase, or it is damaged.',
    'Check the passphrase, or ask for access. The reason is not told on purpose.',
  ],
  'recovery-code-invalid': ['The recovery code has a mistake.', 'Compare it letter by letter.'],
};
