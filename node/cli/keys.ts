import { writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { derivePersonKeys, nobleBackend, recoveryCodeOf, toHex, wrapRoot } from '#crypto';
import { EXIT, flagOption, requiredOption } from './command.ts';
import type { Command } from './command.ts';
import { publicKeysToText } from './institution-entry.ts';
import { PASSPHRASE_CHARACTERS_MIN, readPassphrase } from './passphrase.ts';

const ROOT_BYTES = 32;

export const keysCommand: Command = {
  name: 'keys',
  summary: 'make the keys of a person on this device, wrapped by a passphrase',
  usage: '--passphrase-file <file> --out <keystore> --public <file> [--json]',
  help: `
Draws a new root key, writes it wrapped by the passphrase (Argon2id), and writes the public keys to a file that
"phr init --administrator" and a registration take. Prints the recovery code once: write it on paper.

  --passphrase-file <file>   first line is the passphrase, at least ${PASSPHRASE_CHARACTERS_MIN} characters
  --out <keystore>           where the wrapped key goes; not overwritten
  --public <file>            where the public keys go
  --json                     person id and recovery code as one line of JSON`,
  options: {
    'passphrase-file': { type: 'string' },
    out: { type: 'string' },
    public: { type: 'string' },
    json: { type: 'boolean' },
  },
  positionals: { min: 0, max: 0 },
  async run({ values, io }) {
    const passphrase = readPassphrase(resolve(io.cwd, requiredOption(values, 'passphrase-file')));
    const keystoreFile = resolve(io.cwd, requiredOption(values, 'out'));
    const publicFile = resolve(io.cwd, requiredOption(values, 'public'));
    const root = new Uint8Array(randomBytes(ROOT_BYTES));
    const keys = derivePersonKeys(nobleBackend, root);
    writeFileSync(keystoreFile, await wrapRoot({ root, passphrase }), { flag: 'wx', mode: 0o600 });
    writeFileSync(publicFile, `${JSON.stringify(publicKeysToText(keys.publicKeys), undefined, 2)}\n`);
    const person = toHex(keys.id);
    const recoveryCode = recoveryCodeOf(root);
    if (flagOption(values, 'json')) io.out(`${JSON.stringify({ person, recoveryCode })}\n`);
    else io.out(`person         ${person}\nrecovery code  ${recoveryCode}\n`);
    root.fill(0);
    return EXIT.ok;
  },
};
