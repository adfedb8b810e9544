import { session } from '../state/session.ts';
import { call } from '../worker/call.ts';

/** Shorter than the session at the node lasts without use (15 minutes). */
const IDLE_MAX_MS = 10 * 60_000;
const LOOK_EVERY_MS = 5_000;
const SIGNS_OF_LIFE = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

/**
 * Locks when nobody has touched the page for a while: the worker wipes the keys and the page is blurred at once.
 * Wall time, because a sleeping computer stops timers: it is locked when it wakes.
 */
export function watchIdleness(idleMaxMs = IDLE_MAX_MS): () => void {
  let touchedAtMs = Date.now();
  const touch = (): void => {
    touchedAtMs = Date.now();
  };
  const look = (): void => {
    const now = session.value;
    if (now.kind !== 'signed-in' || Date.now() - touchedAtMs < idleMaxMs) return;
    session.value = { kind: 'locked', name: now.person.name, reason: 'idle' };
    void call('account.lock', undefined);
  };
  for (const sign of SIGNS_OF_LIFE) window.addEventListener(sign, touch, { passive: true });
  document.addEventListener('visibilitychange', look);
  const timer = window.setInterval(look, LOOK_EVERY_MS);
  return () => {
    for (const sign of SIGNS_OF_LIFE) window.removeEventListener(sign, touch);
    document.removeEventListener('visibilitychange', look);
    window.clearInterval(timer);
  };
}
