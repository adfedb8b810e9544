export { createNodeServices, institutionsIn } from './node-services.ts';
export {
  IDENTITY_CONCURRENT_MAX,
  IDENTITY_EVALUATIONS_MAX,
  IDENTITY_EVALUATIONS_PER_HOUR,
  IDENTITY_MESSAGE_BYTES_MAX,
  IDENTITY_PROTOCOL,
  IDENTITY_REFUSAL_CODES,
  IdentityOracle,
} from './identity-oracle.ts';
export type { IdentityOracleInit, IdentityRefusalCode } from './identity-oracle.ts';
export { collectIdentities, identityKeyStatement } from './identity.ts';
export { SERVICE_ERROR_CODES, ServiceError } from './services.ts';
export type {
  Account,
  CertifiedHead,
  Conversions,
  Facts,
  IdentityAnswers,
  IdentityKeyStatement,
  NodeServices,
  ServiceErrorCode,
  ServiceEvent,
  StorageReceipt,
} from './services.ts';
export { API_ERROR_CODES, ERROR_TEXTS, HTTP_ERROR_CODES } from './error-texts.ts';
export type { ApiErrorCode, ErrorText, HttpErrorCode } from './error-texts.ts';
