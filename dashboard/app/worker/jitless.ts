import { config } from 'zod/mini';

// Compiled validators need eval, which the policy of the page forbids: asking for it would be a violation.
config({ jitless: true });
