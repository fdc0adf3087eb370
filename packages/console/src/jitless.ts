// Must be imported before any schema is made: zod writes validators as source and evaluates them,
// which the content security policy forbids; it would try, and each try would be a line in the
// browser's log.
import { config } from 'zod';

config({ jitless: true });
