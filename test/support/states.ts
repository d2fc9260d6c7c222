/** The specification's states in the order in which a turn that is answered goes through them. */
export const SEVEN_STATES = ['idle', 'recording', 'streaming', 'processing', 'receiving', 'playing', 'idle'];
