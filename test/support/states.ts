/** The specification's states in the order of a turn with a reply. */
export const SEVEN_STATES = ['idle', 'recording', 'streaming', 'processing', 'receiving', 'playing', 'idle'];
