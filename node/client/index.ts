export * from './api.ts';
export { Account, ACCOUNT_NAME_LENGTH_MAX, unlockAccount } from './account.ts';
export type { AccountNode, Unlock, WrapLine } from './account.ts';
export { Audit } from './audit.ts';
export type { AuditList } from './audit.ts';
export { AUDIT_FILE_BYTES_MAX, verifyAudit } from './audit-file.ts';
export type { VerifiedAudit } from './audit-file.ts';
export { auditCsv, auditNdjson, auditRange, recordedBy } from './audit-lines.ts';
export type { AuditRange, HeightRange } from './audit-lines.ts';
export type { StoredBlock } from './block-exchange.ts';
export { Care } from './care.ts';
export type { EnrolDeviceInit } from './care.ts';
export { Chain, decodeCertified } from './chain.ts';
export type { CertifiedBlock } from './chain.ts';
export { ChainReplay, REPLAY_EVENTS_MAX } from './chain-replay.ts';
export type { ReplayedEvent, ReplayReport } from './chain-replay.ts';
export { createClient } from './client.ts';
export type { PhrClient } from './client.ts';
export { CLIENT_ERROR_CODES, ClientError, isLedgerRefusal, ledgerRefusalOf } from './client-error.ts';
export type { ClientErrorCode, ClientFacts } from './client-error.ts';
export type { ConnectionInit } from './connection.ts';
export { Consortium } from './consortium.ts';
export type { ConsortiumView } from './consortium.ts';
export { firstRoster, rosterKeys } from './roster.ts';
export type { RosterEntry } from './roster.ts';
export type { RecordContent } from './content.ts';
export {
  answerOf,
  deviceAnswer,
  encodeEnrolmentCode,
  ENROLMENT_TIMEOUT_MS,
  inviteDevice,
  readAnswer,
  readEnrolmentCode,
} from './device-enrolment.ts';
export type { EnrolmentCode } from './device-enrolment.ts';
export { isLoopback, isPrivateWay } from './node-origin.ts';
export { CALL_TIMEOUT_MS } from './deadline.ts';
export type { CallOptions, Progress } from './deadline.ts';
export { Emergencies } from './emergency.ts';
export { mayReview } from './emergency-notices.ts';
export type { EmergencyNotice } from './emergency-notices.ts';
export type { EmergencyOpening } from './emergency-opening.ts';
export type { EmergencyReasonText } from './emergency-reason.ts';
export { verifyEmergencyReceipt } from './emergency-receipt.ts';
export type { VerifiedEmergency } from './emergency-receipt.ts';
export { Erasure } from './erasure.ts';
export { filesIn, openAttached } from './attached-files.ts';
export type { AttachedFile, AttachedFiles } from './attached-files.ts';
export { blobSource, FILE_BYTES_MAX, FILE_PART_BYTES, fileInUrl } from './file-manifest.ts';
export type { FileSource } from './file-manifest.ts';
export type { Files } from './files.ts';
export type { FilePlace, StoredFile } from './files.ts';
export type { FileProgress, FileUpload, UploadedFile } from './file-upload.ts';
export { keysUnderId } from './former-keys.ts';
export { Guardians } from './guardians.ts';
export { Identities } from './identity.ts';
export type { IdentityCheck, IdentityMatch } from './identity.ts';
export { identityInputs, nameWords } from './identity-input.ts';
export type { Identity, IdentityBasis } from './identity-input.ts';
export { MEMBERS_TRUST_MS } from './member-history.ts';
export type { OpenedRecord } from './opening.ts';
export { People } from './people.ts';
export type { RegisterInit } from './people.ts';
export { emptyProfile, Profiles, profileSchema } from './profile.ts';
export type { Profile } from './profile.ts';
export type { ProvenValues, StateEvidence } from './proven-state.ts';
export {
  decodeProxyAnswer,
  encodeProxyAnswer,
  PROXY_ANSWER_BYTES_MAX,
  verifyProxyAnswer,
} from './proxy-answer.ts';
export type { ProxyAnswer, ProxyAnswerItem, UnverifiedProxyAnswer } from './proxy-answer.ts';
export { verifyReceipt } from './receipt.ts';
export type { VerifiedReceipt } from './receipt.ts';
export {
  encodeTwoCertificates,
  unnamedSigners,
  verifyFalseConversion,
  verifyTwoCertificates,
} from './receipt-evidence.ts';
export type { ForkHeads } from './receipt-evidence.ts';
export type { FalseConversion, TwoCertificates } from './receipt-evidence.ts';
export { readProofFile } from './receipt-file.ts';
export type { ProofFormat } from './receipt-file.ts';
export { Recoveries } from './recovery.ts';
export type { Resealed } from './recovery.ts';
export {
  decodeReleaseAnswer,
  decodeReleaseRequest,
  encodeReleaseAnswer,
  encodeReleaseRequest,
  RELEASE_REQUEST_BYTES_MAX,
  verifyReleaseAnswer,
} from './release-answer.ts';
export type { ReleaseItem, ReleaseRequest } from './release-answer.ts';
export type { FalseRelease } from './release-gathering.ts';
export { Records } from './records.ts';
export type { Selection } from './records.ts';
export { Rotation } from './rotation.ts';
export { purposeCommitment } from './sealed-note.ts';
export type { Hit, SearchResult } from './search.ts';
export type { Liar, SharedOpening } from './shared-opening.ts';
export { Sharing } from './sharing.ts';
export type { GrantInit, ReceivedGrant } from './sharing.ts';
export type { Submitted } from './submission.ts';
export { isLabel } from './upload.ts';
export type { UploadedRecord, UploadRecord } from './upload.ts';
export * as wire from './wire-shape.ts';
export { emptyVault, openVault, sealedVaultSchema, sealVault } from './vault.ts';
export type { SealedVault, Vault, VaultGrant, VaultKeyring } from './vault.ts';
