/** For errors about a token that the gateway refuses: it is never valid again, so the owner has to act. */
export const PAIR_AGAIN = 'Pair it again: earshot run --pair-again shows a code, which the operator approves.';
