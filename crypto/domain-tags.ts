/**
 * Every domain tag of the project. A tag names one use of one primitive; no two uses share one, so that a value
 * made for one purpose can never be taken for another. `phr-mesh/v1/` is the suite: a new suite gets new tags.
 */
const tag = <const Purpose extends string>(purpose: Purpose): `phr-mesh/v1/${Purpose}` =>
  `phr-mesh/v1/${purpose}`;

export const DOMAIN = {
  // persons, devices, nodes
  personSign: tag('person-sign'),
  personSeal: tag('person-seal'),
  personDelegate: tag('person-delegate'),
  personId: tag('person-id'),
  possession: tag('possession'),
  keyChange: tag('key-change'),
  deviceConsent: tag('device-consent'),
  nodeValidator: tag('node-validator'),
  nodeSeal: tag('node-seal'),
  nodePeer: tag('node-peer'),
  nodeId: tag('node-id'),
  // one person, several institutions
  nodeIdentity: tag('node-identity'),
  identityKey: tag('identity-key'),
  identityInput: tag('identity-input'),
  identityTag: tag('identity-tag'),
  identityWitnessed: tag('identity-witnessed'),
  // proofs and nonces
  nonce: tag('nonce'),
  // sealed boxes
  box: tag('box'),
  boxSignature: tag('box-signature'),
  // compartments
  period: tag('period'),
  open: tag('open'),
  body: tag('body'),
  index: tag('index'),
  laneBody: tag('lane-body'),
  laneIndex: tag('lane-index'),
  // records
  recordContext: tag('record-context'),
  slotContext: tag('slot-context'),
  slotHint: tag('slot-hint'),
  slotLock: tag('slot-lock'),
  sigma: tag('sigma'),
  fo: tag('fo'),
  recordKey: tag('record-key'),
  recordProof: tag('record-proof'),
  recordHeader: tag('record-header'),
  recordId: tag('record-id'),
  // grants and conversion
  grant: tag('grant'),
  grantEphemeral: tag('grant-ephemeral'),
  grantPolynomial: tag('grant-polynomial'),
  grantShares: tag('grant-shares'),
  grantTerms: tag('grant-terms'),
  grantTermsCommitment: tag('grant-terms-commitment'),
  delegation: tag('delegation'),
  conversion: tag('conversion'),
  // search
  keyword: tag('keyword'),
  searchTag: tag('search-tag'),
  contentId: tag('content-id'),
  file: tag('file'),
  filePart: tag('file-part'),
  // emergency access and recovery
  sharing: tag('sharing'),
  sharingOpening: tag('sharing-opening'),
  sharingLock: tag('sharing-lock'),
  sharingLockCommitment: tag('sharing-lock-commitment'),
  sharingMask: tag('sharing-mask'),
  sharingSealed: tag('sharing-sealed'),
  sharingPart: tag('sharing-part'),
  sharingRelease: tag('sharing-release'),
  resharing: tag('resharing'),
  // keystore
  keystore: tag('keystore'),
  recoveryCode: tag('recovery-code'),
  account: tag('account'),
  draft: tag('draft'),
  keyring: tag('keyring'),
  // ledger and consensus
  genesis: tag('genesis'),
  chain: tag('chain'),
  transaction: tag('transaction'),
  transactionSignature: tag('transaction-signature'),
  transactionLeaf: tag('transaction-leaf'),
  transactionNode: tag('transaction-node'),
  block: tag('block'),
  validators: tag('validators'),
  certificate: tag('certificate'),
  vote: tag('vote'),
  proposal: tag('proposal'),
  prepare: tag('prepare'),
  commit: tag('commit'),
  roundChange: tag('round-change'),
  evidence: tag('evidence'),
  headStatement: tag('head-statement'),
  stateKey: tag('state-key'),
  stateLeaf: tag('state-leaf'),
  stateNode: tag('state-node'),
  stateEmpty: tag('state-empty'),
  receipt: tag('receipt'),
  stored: tag('stored'),
  placement: tag('placement'),
  purpose: tag('purpose'),
  admission: tag('admission'),
  // node and client
  session: tag('session'),
  proxyRequest: tag('proxy-request'),
  proxyResponse: tag('proxy-response'),
  releaseAnswer: tag('release-answer'),
  message: tag('message'),
  profile: tag('profile'),
  // devices
  enrolment: tag('enrolment'),
  gatewayDisk: tag('gateway-disk'),
  gatewaySource: tag('gateway-source'),
  gatewayMessage: tag('gateway-message'),
  // keys of a development network, computed from its public seed
  devnet: tag('devnet'),
} as const;

export type DomainTag = (typeof DOMAIN)[keyof typeof DOMAIN];
