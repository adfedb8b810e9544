/** `?next=` when it is a path of this page; anything else could lead away. */
export function nextOf(search: string): string | undefined {
  const next = new URLSearchParams(search).get('next');
  return next !== null && /^\/[^/\\]/.test(next) ? next : undefined;
}
