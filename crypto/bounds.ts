/**
 * Sizes and counts that several parts of the scheme share, and the ledger with them (SCHEME 2 to 5). Apart from the code
 * that uses them: who only reads the ledger does not load how grants and records are made.
 */
export const ROOT_BYTES = 32;
export const GRANT_NONCE_BYTES = 16;
/** Re-encryption keys in one grant: compartments by generations. */
export const GRANT_REKEYS_MAX = 64;
/** Compartments that one record can be opened with. */
export const RECORD_SLOTS_MAX = 8;
export const SEARCH_TAG_BYTES = 16;
