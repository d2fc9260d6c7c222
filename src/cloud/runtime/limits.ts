/**
 * Convex's limits for functions, so that nothing passes here that a deployment refuses. Source: https://docs.convex.dev/production/state/limits
 * and the defaults of the self-hosted backend (crates/common/src/knobs.rs, crates/value/src). Those of documents and of what one
 * transaction reads and writes are the database's.
 */
const MIB = 1_024 * 1_024;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Of the arguments, and of the result, of one function: FUNCTION_MAX_ARGS_SIZE, FUNCTION_MAX_RESULT_SIZE. */
export const MAX_ARGUMENTS_BYTES = 16 * MIB;
export const MAX_RESULT_BYTES = 16 * MIB;
/** MAX_ARRAY_LEN, MAX_OBJECT_FIELDS, MAX_NESTING. */
export const MAX_ARRAY_LENGTH = 8_192;
export const MAX_OBJECT_FIELDS = 1_024;
export const MAX_NESTING = 64;

/** Of a query or mutation in its own code: DATABASE_UDF_USER_TIMEOUT. */
export const TRANSACTION_USER_MS = SECOND_MS;
/** Of a query or mutation in its system calls: DATABASE_UDF_SYSTEM_TIMEOUT. */
export const TRANSACTION_SYSTEM_MS = 15 * SECOND_MS;
/** Of an action: the documented limit. */
export const ACTION_MS = 10 * MINUTE_MS;

/** Functions that call functions that call functions: MAX_REACTOR_CALL_DEPTH. */
export const MAX_CALL_DEPTH = 8;
/** Actions that run at the same time: APPLICATION_MAX_CONCURRENT_V8_ACTIONS. As many times this wait; others are refused. */
export const MAX_ACTIONS_AT_ONCE = 64;
export const MAX_WAITING_ACTIONS = 16 * MAX_ACTIONS_AT_ONCE;

/** That one mutation may schedule: TRANSACTION_MAX_NUM_SCHEDULED, TRANSACTION_MAX_SCHEDULED_TOTAL_ARGUMENT_SIZE_BYTES. */
export const MAX_SCHEDULED = 1_000;
export const MAX_SCHEDULED_ARGUMENT_BYTES = 16 * MIB;

/** Scheduled functions that run at the same time: SCHEDULED_JOB_EXECUTION_PARALLELISM. */
export const MAX_SCHEDULED_AT_ONCE = 8;
/** SCHEDULED_JOB_RETENTION. */
export const SCHEDULED_RESULT_MS = 7 * DAY_MS;
/** How far from now a function may be scheduled (validate_schedule_args). */
export const MAX_SCHEDULE_DISTANCE_MS = 5 * 366 * DAY_MS;
/** Between two tries to write the state of a scheduled function: SCHEDULED_JOB_INITIAL_BACKOFF, SCHEDULED_JOB_MAX_BACKOFF. */
export const SCHEDULER_RETRY_MS = { first: 500, longest: 120 * MINUTE_MS } as const;

/** Of the error of a scheduled function, which is kept in its row. Ours: a row holds 1 MiB. */
export const MAX_ERROR_CHARACTERS = 8_192;

/** Of one line that a function logs. Ours: Convex's 32 KiB is for its dashboard, this is for a log on a small disk. */
export const MAX_LOG_LINE_CHARACTERS = 2_000;
/** Lines a minute of each level that all functions may log; the rest is counted. Ours. */
export const MAX_LOG_LINES_A_MINUTE = 600;
