/** #node/proxy: the re-encryption proxy that every node is. */
export {
  decodeProxyReply,
  Proxy,
  PROXY_CONCURRENT_MAX,
  PROXY_PROTOCOL,
  PROXY_REQUEST_BYTES_MAX,
  PROXY_RESPONSE_BYTES_MAX,
} from './proxy.ts';
export type { ProxyInit } from './proxy.ts';
export { Resharer } from './resharer.ts';
export type { ResharerInit } from './resharer.ts';
export { REFUSALS_MAX, REFUSALS_UNKNOWN_MAX } from './refusal-log.ts';
export type { RecordedRefusal } from './refusal-log.ts';
export { PROXY_REFUSAL_CODES, ProxyRefusal } from './proxy-refusal.ts';
export type { ProxyRefusalCode } from './proxy-refusal.ts';
