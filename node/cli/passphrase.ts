import { readFileSync, statSync } from 'node:fs';
import { UsageError } from './command.ts';

const PASSPHRASE_FILE_BYTES_MAX = 1024;
export const PASSPHRASE_CHARACTERS_MIN = 12;

/** The first line of a file. @throws UsageError */
export function readPassphrase(file: string): string {
  let text: string;
  try {
    if (statSync(file).size > PASSPHRASE_FILE_BYTES_MAX)
      throw new UsageError('--passphrase-file is too long');
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError('--passphrase-file cannot be read');
  }
  const passphrase = (text.split(/\r?\n/)[0] ?? '').normalize('NFKC');
  if (passphrase.length < PASSPHRASE_CHARACTERS_MIN) {
    throw new UsageError(`a passphrase has at least ${PASSPHRASE_CHARACTERS_MIN} characters`);
  }
  return passphrase;
}
