/**
 * `#crypto`: the scheme of PHR Mesh. Isomorphic: the same code in Node and in a browser. The algebra, encodings and
 * sizes are specified in crypto/SCHEME.md; the native backend is apart, in `#crypto/native`, and so is what only who
 * approves patients needs, in `#crypto/identity`.
 */
export type { Backend, Group, GroupTerm, SignatureKeyPair, Signatures } from './backend/backend.ts';
export { nobleBackend } from './backend/noble.ts';
export { isAcceptablePublicKey } from './backend/ed25519-strict.ts';
export {
  GRANT_NONCE_BYTES,
  GRANT_REKEYS_MAX,
  RECORD_SLOTS_MAX,
  ROOT_BYTES,
  SEARCH_TAG_BYTES,
} from './bounds.ts';
export { BOX_OVERHEAD_BYTES, openBox, sealBox, type OpenBoxInit, type SealBoxInit } from './box.ts';
export {
  compareBytes,
  concatBytes,
  equalBytes,
  fromBase64Url,
  fromHex,
  release,
  toBase64Url,
  toHex,
  uint32,
  uint64,
  utf8,
  wipe,
} from './bytes.ts';
export {
  checkCompartmentName,
  delegateCompartment,
  deriveCompartment,
  laneIndexKey,
  writerKit,
  type Compartment,
  type CompartmentName,
  type DelegateCompartment,
  type WriterKit,
} from './compartment.ts';
export {
  combine,
  convert,
  verifyConversion,
  type CombineInit,
  type Conversion,
  type ConversionContext,
  type ConvertInit,
  type VerifyConversionInit,
} from './conversion/conversion.ts';
export { CRYPTO_ERROR_CODES, CryptoError, type CryptoErrorCode } from './crypto-error.ts';
export { DOMAIN, type DomainTag } from './domain-tags.ts';
export { decode, encode } from './encoding.ts';
export { createGrant, type CreateGrantInit, type GrantDraft } from './grant/create-grant.ts';
export { checkRekey, grantIdOf, type Rekey } from './grant/delegation.ts';
export { openShares, type OpenSharesInit } from './grant/node-shares.ts';
export { type CommitmentLists, type HeldPart, type ShareHolder } from './grant/share-box.ts';
export {
  openTerms,
  type GrantedCompartment,
  type GrantTerms,
  type OpenedTerms,
  type OpenTermsInit,
} from './grant/terms.ts';
export { hash, hashToScalar, kdf, prf, sha256, type Hash } from './hash.ts';
export { deriveNodeKeys, nodeIdOf, type NodeKeys } from './keys/node.ts';
export { isSealPublicKey, SEAL_PUBLIC_KEY_BYTES } from './keys/key-shape.ts';
export {
  derivePersonKeys,
  personIdOf,
  verifyPublicKeys,
  type PersonKeys,
  type PublicKeys,
  type SealKeyPair,
} from './keys/person.ts';
export {
  ACCOUNT_BOX_BYTES_MAX,
  openAccountBox,
  passkeySalt,
  sealAccountBox,
  secretsFromPasskey,
  secretsFromPassphrase,
  secretsFromRoot,
  unwrapAccount,
  wrapAccount,
  type AccountPlace,
  type AccountRoot,
  type AccountSecrets,
} from './keystore/account.ts';
export {
  DRAFT_BYTES_MAX,
  draftKeys,
  draftSlot,
  openDraft,
  sealDraft,
  type DraftKeys,
} from './keystore/draft.ts';
export { unwrapRoot, wrapRoot, type PassphraseKdf, type WrapRootInit } from './keystore/keystore.ts';
export { recoveryCodeOf, rootFromRecoveryCode } from './keystore/recovery-code.ts';
export {
  CID,
  isLink,
  linkOf,
  linkOfDigest,
  matchesDigest,
  matchesLink,
  parseLink,
  type LinkCodec,
} from './link.ts';
export { bodyLeaves, type BodyBlock } from './record/body.ts';
export { webBodies } from './record/chunk-cipher.ts';
export { BODY_BLOCK_BYTES_MAX } from './record/body-layout.ts';
export {
  decodeRecordHeader,
  encodeRecordHeader,
  RECORD_HEADER_BYTES_MAX,
  slotCandidates,
  slotFor,
  verifyRecordHeader,
  type RecordHeader,
  type RecordSlot,
} from './record/header.ts';
export { RECORD_NONCE_BYTES, recordIdOf } from './record/record-id.ts';
export {
  canOpen,
  openRecord,
  openRecordStream,
  type OpeningKey,
  type OpenRecordInit,
} from './record/open.ts';
export {
  sealRecord,
  sealRecordStream,
  type SealedRecord,
  type SealedRecordHeader,
  type SealRecordInit,
  type SealRecordStreamInit,
} from './record/seal.ts';
export { keywordKey, normaliseKeyword, searchTag } from './search.ts';
export {
  expectBytes,
  expectBytesUpTo,
  expectInteger,
  expectLink,
  expectList,
  expectMap,
  expectText,
} from './shape.ts';
export {
  createSharing,
  emergencySecret,
  openPart,
  SHARING_NONCE_BYTES,
  sharingIdOf,
  type CreateSharingInit,
  type OpenPartInit,
  type PublicSharing,
  type SharedSecret,
  type Sharing,
} from './sharing/deposit.ts';
export {
  combineReleases,
  joinReleases,
  openRelease,
  sealRelease,
  type OpenReleaseInit,
  type Release,
  type ReleaseCapsule,
  type ReleaseContext,
  type SealReleaseInit,
} from './sharing/release.ts';
export {
  dealSubShares,
  isSubDealingOf,
  joinCommitments,
  joinDealtShares,
  openSubShares,
  type Dealer,
  type DealSubSharesInit,
  type JoinDealtInit,
  type OpenSubSharesInit,
  type SubDealing,
  type SubDealingContext,
} from './sharing/sub-dealing.ts';
export { signTagged, verifyTagged } from './signed.ts';
