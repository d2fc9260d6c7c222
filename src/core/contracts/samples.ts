/** Sample values of common fields. The inspector's forms begin with them. */
import type { ErrorInfo } from '../errors.ts';

const FROM = 'sent from the inspector';
/** The number of a turn; 0 is no turn. */
export const turn = 0;
/** A UUIDv7: the name of a turn. */
export const id = '';
/** On the monotonic clock of the process. */
export const atMs = 0;
export const device = FROM;
export const reason = FROM;
export const error: ErrorInfo = { code: 'internal', message: FROM, hint: '' };
