/**
 * Compiled validators need eval, which the policy of the page forbids: asking for it would be a violation. Said here
 * where the library looks for it, and before anything loads it: it is large, and only those who write records or read
 * files need it.
 */
(globalThis as { __zod_globalConfig?: { jitless: boolean } }).__zod_globalConfig = { jitless: true };
