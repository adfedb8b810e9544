// expected: typescript(switch-exhaustiveness-check)
export function name(kind: 'prepare' | 'commit'): string {
  switch (kind) {
    case 'prepare':
      return 'prepare';
  }
  return '';
}
