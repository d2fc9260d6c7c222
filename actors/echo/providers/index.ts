/** All echo cancellers. A new one is a file in this folder and a line here. */
import type { EchoCancellerProvider } from '../port.ts';
import { speex } from './speex.ts';

/** In the order in which `auto` tries them; a provider without an offer to `auto` is chosen by its name. */
export const ECHO_CANCELLERS: readonly EchoCancellerProvider[] = [speex];
