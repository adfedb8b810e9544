import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { equalBytes, sha256 } from '#crypto';
import { HOME_FILE, homeStamp } from './enrolment-folders.ts';

/** Tells whether the home that a lane was opened with is still the one on the disk. */
export class HomeMark {
  readonly #own: string;
  readonly #digest: Uint8Array | null;
  #stamp: string | null;

  /** @param own directory of the enrolment */
  constructor(own: string) {
    this.#own = own;
    this.#stamp = homeStamp(own);
    this.#digest = this.#read();
  }

  /** False when it was removed, and when another enrolment took its name. A copy of the same file is the same home. */
  isSame(): boolean {
    const stamp = homeStamp(this.#own);
    if (stamp === null || this.#digest === null) return false;
    if (stamp === this.#stamp) return true;
    const digest = this.#read();
    if (digest === null || !equalBytes(digest, this.#digest)) return false;
    this.#stamp = stamp;
    return true;
  }

  #read(): Uint8Array | null {
    try {
      return sha256(new Uint8Array(readFileSync(join(this.#own, HOME_FILE))));
    } catch {
      return null;
    }
  }
}
