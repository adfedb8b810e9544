import { ERROR_TEXTS } from '../services/error-texts.ts';
import { GATEWAY_TEXTS } from './guide/gateway-texts.ts';
import { LEDGER_TEXTS, REFUSAL_TEXTS } from './guide/ledger-texts.ts';
import type { Text } from './guide/ledger-texts.ts';
import { NODE_TEXTS, SYSTEM_TEXTS } from './guide/node-texts.ts';
import { RECORDS_TEXTS } from './guide/records-texts.ts';
import {
  CLI_TEXTS,
  CLIENT_TEXTS,
  CRYPTO_TEXTS,
  IDENTITY_TEXTS,
  NETWORK_TEXTS,
  PROXY_TEXTS,
  STORAGE_TEXTS,
} from './guide/room-texts.ts';

export interface Explanation {
  meaning: string;
  safe: string;
  action: string;
}

const NO_EFFECT = 'The transaction has no effect. Everything agreed before stays.';
const NOTHING_SENT = 'Nothing was changed.';
const STAYS_SEALED = 'The record stays sealed, and what was agreed stays agreed.';
const ACCEPTED_STAYS = 'What the gateway has accepted is on its disk, sealed, and goes out once.';
const UPLOADED_STAYS = 'What was uploaded before stays; the file was not changed.';
const ON_DISK = 'Agreed blocks are on the other institutions’ disks as well.';

/** Every code of every room. Where two rooms share a code, the one nearest to the person wins. */
export const ERROR_GUIDE: Readonly<Record<string, Explanation>> = {
  ...explained(CRYPTO_TEXTS, NOTHING_SENT),
  ...explained(RECORDS_TEXTS, UPLOADED_STAYS),
  ...explained(GATEWAY_TEXTS, ACCEPTED_STAYS),
  ...explained(SYSTEM_TEXTS, ON_DISK),
  ...explained(NODE_TEXTS, ON_DISK),
  ...explained(STORAGE_TEXTS, ON_DISK),
  ...explained(NETWORK_TEXTS, NOTHING_SENT),
  ...explained(PROXY_TEXTS, STAYS_SEALED),
  ...explained(IDENTITY_TEXTS, NOTHING_SENT),
  ...explained(LEDGER_TEXTS, NOTHING_SENT),
  ...explained(REFUSAL_TEXTS, NO_EFFECT),
  ...explained(CLIENT_TEXTS, NOTHING_SENT),
  ...explained(CLI_TEXTS, NOTHING_SENT),
  ...Object.fromEntries(
    Object.entries(ERROR_TEXTS).map(([code, { message, safe, action }]) => [
      code,
      { meaning: message, safe, action },
    ]),
  ),
};

export function explanationOf(code: string): Explanation | undefined {
  return Object.hasOwn(ERROR_GUIDE, code) ? ERROR_GUIDE[code] : undefined;
}

function explained(texts: Readonly<Record<string, Text>>, safe: string): Record<string, Explanation> {
  return Object.fromEntries(
    Object.entries(texts).map(([code, [meaning, action]]) => [code, { meaning, safe, action }]),
  );
}
