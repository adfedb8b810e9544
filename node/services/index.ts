export { createNodeServices } from './node-services.ts';
export { SERVICE_ERROR_CODES, ServiceError } from './services.ts';
export type {
  Account,
  CertifiedHead,
  Conversions,
  Facts,
  NodeServices,
  ServiceErrorCode,
  ServiceEvent,
  StorageReceipt,
} from './services.ts';
export { API_ERROR_CODES, ERROR_TEXTS, HTTP_ERROR_CODES } from './error-texts.ts';
export type { ApiErrorCode, ErrorText, HttpErrorCode } from './error-texts.ts';
