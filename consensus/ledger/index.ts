/** The ledger: transactions, the deterministic state they make, its proofs, and the light client that checks them. */
export { applyTransactions, checkTransaction, selectTransactions } from './apply.ts';
export type { Applied, BlockRefusal, Selection } from './apply.ts';
export { approvalsNeeded } from './approvals.ts';
export { checkEvidence, decodeNodeEvidence, encodeNodeEvidence, faultOf } from './block-evidence.ts';
export type { EvidenceOfBlock, NodeEvidence } from './block-evidence.ts';
export { isPriority, PERSON_ROLES, REPORT_ACTIONS, TRANSACTION_KINDS } from './body.ts';
export type {
  AccessItem,
  AccessReportBody,
  AccessRequestBody,
  AnchorBody,
  AnchoredRecord,
  AssignmentBody,
  ApproveBody,
  Bodies,
  DecisionBody,
  GrantCreateBody,
  GrantRefuseBody,
  GrantRequestBody,
  KeyringBody,
  PersonRole,
  Receipt,
  RegisterBody,
  ReportAction,
  TransactionKind,
} from './body.ts';
export * from './bounds.ts';
export { readRecoverable } from './recovery-phase.ts';
export type { Recoverable } from './recovery-phase.ts';
export { EMERGENCY_REASONS, EMERGENCY_VERDICTS } from './emergency-body.ts';
export type {
  EmergencyReason,
  EmergencyRequestBody,
  EmergencyReviewBody,
  EmergencyShareBody,
  EmergencyVerdict,
} from './emergency-body.ts';
export type { Emergency, EmergencyReview, EmergencySharing } from './emergency-entry.ts';
export { emergencyPhase, isServed, readReleasable, verdictOf } from './emergency-phase.ts';
export type { EmergencyPhase } from './emergency-phase.ts';
export { ASSIGNMENT_STATUSES, PERSON_STATUSES, REQUEST_STATUSES, ROLES } from './entry.ts';
export type {
  Access,
  Assignment,
  AssignmentRequest,
  AuditLine,
  EvidenceEntry,
  Grant,
  GrantRequest,
  InstitutionEntry,
  KeyringEntry,
  Lane,
  Person,
  PersonStatus,
  RecordEntry,
  Role,
} from './entry.ts';
export { SENDER_ROLES } from './execute.ts';
export type { LedgerEvent } from './execute.ts';
export {
  chainIdOf,
  decodeGenesis,
  defaultParameters,
  encodeGenesis,
  nodesOf,
  validatorsOf,
  verifyGenesis,
} from './genesis.ts';
export type { Genesis, GenesisNode, GenesisParameters, Institution } from './genesis.ts';
export { genesisState } from './genesis-state.ts';
export { signDeviceConsent, signKeyChange, verifyDeviceConsent } from './key-change.ts';
export { LEDGER_ERROR_CODES, LedgerError, REFUSAL_CODES } from './ledger-error.ts';
export type { Facts, LedgerErrorCode, Refusal, RefusalCode } from './ledger-error.ts';
export { LedgerState, restoreState } from './ledger-state.ts';
export type { StateChange } from './ledger-state.ts';
export {
  transactionProof,
  ValidatorHistory,
  verifyHead,
  verifyTransactionInclusion,
} from './light-client.ts';
export type { SetChange, TransactionProof } from './light-client.ts';
export {
  applicantId,
  epochAt,
  grantThresholdLeast,
  isMemberAt,
  membersAt,
  membershipMajority,
  readApplicant,
  readEpoch,
  readProposal,
  readProposalAbout,
  readSchedule,
  signAdmission,
  thresholdAmong,
  validatorsAt,
  validatorsHashAt,
  validatorsOfEpoch,
  verifyAdmission,
} from './membership.ts';
export type { Applicant, MembershipAdmitBody, MembershipRemoveBody } from './membership-body.ts';
export type { Epoch, EpochMember, Proposal, Schedule, Voice } from './membership-entry.ts';
export type {
  CoverBody,
  GuardianBody,
  GuardianshipBody,
  IdentityKeyBody,
  RecoveryStartBody,
  RotateKeysBody,
} from './person-body.ts';
export type { Cover, DeclaredDashboard, FormerKeys, Guardianship, Move, Recovery } from './person-entry.ts';
export { verifyProof } from './map/proof.ts';
export {
  commitmentsOf,
  DEPOSIT_THRESHOLD_LEAST,
  isGrant,
  isReshareDue,
  isWindowOver as isReshareWindowOver,
  lockOf,
  reshareThreshold,
} from './resharing.ts';
export type { Held } from './resharing.ts';
export type { ReshareConfirmBody, ReshareDealBody } from './resharing-body.ts';
export type { Confirmation, Deal, Dealer, Resharing } from './resharing-entry.ts';
export * from './readers.ts';
export { storedHashOf } from './receipt.ts';
export type { StoredRecord } from './receipt.ts';
export { identityKeyBytes } from './rules/identity.ts';
export type { BlockContext, VerifiedTransactions } from './rules/rule.ts';
export { CONSORTIUM, KEYRING_PLACES, LISTS, listCountKey, listItemKey, stateKeys } from './state-keys.ts';
export type { ListName } from './state-keys.ts';
export {
  decodeTransaction,
  encodeTransaction,
  hashTransaction,
  signTransaction,
  TransactionDecoder,
} from './transaction.ts';
export type { DecodedTransaction, Transaction, TransactionOf } from './transaction.ts';
export { VERIFIED_TRANSACTIONS_MAX, VerifiedCache, verifyTransaction } from './verify.ts';
