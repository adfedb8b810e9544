import { dictionary } from '@zxcvbn-ts/language-common';
import { describe, expect, it } from 'vitest';
import { isKnownPassphrase } from '../../../dashboard/app/pages/public/known-passphrases.ts';
import {
  PASSPHRASE_LENGTH_MIN,
  passphraseProblem,
} from '../../../dashboard/app/pages/public/passphrase-quality.ts';

const PLACE = ['maria.keller', 'Lakeside Hospital'];

describe('a passphrase that others chose before', () => {
  it.each([
    'manchesterunited',
    '1q2w3e4r5t6y',
    'detinuretsehcnam',
    'L1verp00l!1892',
    'butterfly19870412',
    'sunshine sunshine',
    'Lakeside2026!',
    'Keller1987keller',
  ])('%j is refused', (passphrase) => {
    expect(isKnownPassphrase(passphrase, PLACE)).toBe(true);
  });

  it.each([
    'seven storks over the mill',
    'maria.keller and her three dogs',
    'مفتاح البيت تحت الشجرة',
    '我的猫喜欢在窗边睡觉看下雨',
    '7319 82 goldfinch 55',
    // As a manager makes them; longer than what is looked at.
    'k9#Vb2!qLz7Pw',
    Array.from({ length: 64 }, (_, i) => ((i * 7919 + 104_729) ** 2).toString(36)).join(' '),
  ])('%j is taken', (passphrase) => {
    expect(isKnownPassphrase(passphrase, PLACE)).toBe(false);
  });

  it('knows every passphrase of its list that is long enough', () => {
    const long = Object.values(dictionary['passwords-common']).filter(
      ({ length }) => length >= PASSPHRASE_LENGTH_MIN,
    );
    expect(long.length).toBeGreaterThan(300);
    expect(long.filter((one) => !isKnownPassphrase(one))).toEqual([]);
  });

  it('sees more than the rules that need no list', () => {
    expect(passphraseProblem('manchesterunited', 'maria')).toBeUndefined();
    expect(isKnownPassphrase('manchesterunited')).toBe(true);
  });
});
