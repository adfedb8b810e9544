/** Every bound of the ledger: what exceeds one is refused before anything is executed. Stated in LEDGER.md. */
export const TRANSACTION_BYTES_MAX = 256 * 1024;
/** A transaction may name an expiry height at most this far above the block that takes it. */
export const EXPIRY_HEIGHTS_MAX = 100_000;
export const HEIGHT_MAX = 2 ** 48;
export const TIME_MS_MAX = 2 ** 48;
export const NONCE_MAX = 2 ** 48;
export const SIGNATURE_BYTES = 64;
/** Institutions of one consortium, so receipts of one anchor and shares of one grant. */
export const INSTITUTIONS_MAX = 64;
/** Share indices: one for each institution that ever belonged, none given twice. */
export const SEATS_MAX = 255;
/** A consortium that began with so many, or more, never falls below: three tolerate no fault. */
export const MEMBERS_MIN = 4;
/** A proposal to change the consortium is void after this much block time. */
export const PROPOSAL_LIFETIME_MS = 30 * 24 * 3_600_000;
/** What an applicant signs to join is good for so long at most, in block time. */
export const ADMISSION_LIFETIME_MS_MAX = 60 * 24 * 3_600_000;
/** A change may be stated for at most this many blocks ahead. */
export const PROPOSAL_AHEAD_HEIGHTS_MAX = 100_000;
/**
 * A re-sharing that not all members confirm is settled by a quorum of them this long, in block time, after its last
 * deal: whoever was dealt something false has that long to say so.
 */
export const RESHARE_WINDOW_MS = 30_000;
export const ADMINISTRATORS_MAX = 16;
export const GENESIS_BYTES_MAX = 4 * 1024 * 1024;
export const KEYRING_ENTRIES_MAX = 32;
export const ANCHOR_RECORDS_MAX = 64;
export const RECORD_TAGS_MAX = 64;
/** A grant may run at most five years; a longer need is a new decision. */
export const GRANT_LIFETIME_MS_MAX = 5 * 366 * 24 * 3_600_000;
export const ACCESS_ITEMS_MAX = 64;
export const REPORT_RECORDS_MAX = 64;
export const CUSTODIANS_MAX = 32;
export const WRITERS_MAX = 1024;
export const ERASE_RECORDS_MAX = 64;
/** Tags of one identity: names with birthday, and a number for life, each with two witnesses. */
export const IDENTIFIERS_MAX = 4;
/** A superseded writer kit is taken for this many blocks more. */
export const KIT_GRACE_HEIGHTS = 256;
/** How often one person may change keys; each change stays readable. */
export const KEY_CHANGES_MAX = 64;
/** A recovery can be finished this long after its start, in block time. */
export const RECOVERY_WINDOW_MS = 7 * 24 * 3_600_000;
/** A patient is received by another institution this long after she asked, unless hers belongs no more. */
export const MOVE_WINDOW_MS = 3 * 24 * 3_600_000;
export const COVER_DOCTORS_MAX = 16;
/** Doctors who cover for one patient at a time. */
export const COVERS_MAX = 32;
export const COVER_LIFETIME_MS_MAX = 92 * 24 * 3_600_000;
/** Guardians of one patient, past ones included. */
export const GUARDIANS_MAX = 16;
/** A guardianship is decided anew at least every two years, so that its end tells no birthday. */
export const GUARDIANSHIP_LIFETIME_MS_MAX = 2 * 366 * 24 * 3_600_000;
/** An emergency request that was not countersigned within this time is void. */
export const COUNTERSIGN_WINDOW_MS = 3_600_000;
/** Reviews of one emergency, those of institutions and those of the patient's side. */
export const REVIEWS_MAX = 24;
/** Of these, places that institutions leave to the patient and her guardians. */
export const REVIEWS_OF_PATIENT = 8;
export const EMERGENCY_LIFETIME_MS_MAX = 72 * 3_600_000;
/** Two signed votes as the protocol writes them. */
export const EVIDENCE_BYTES_MAX = 1024;
/** A proxy's signed answer to the largest access request. */
export const PROXY_PAYLOAD_BYTES_MAX = 16 * 1024;
/** One item of evidence in a block: as `EVIDENCE_BYTES_MAX` of block.ts. */
export const BLOCK_EVIDENCE_BYTES_MAX = 17 * 1024;
/** Largest state value: a grant for 64 institutions with the most rekeys. */
export const STATE_VALUE_BYTES_MAX = 512 * 1024;
/** Keys of one proof and bytes of one proof that a client will read. */
export const PROOF_KEYS_MAX = 4096;
export const PROOF_BYTES_MAX = 8 * 1024 * 1024;
