/** All echo cancellers. A new one is a file in this folder and a line here. */
import type { EchoCancellerProvider } from '../port.ts';
import { speex } from './speex.ts';
import { webrtc } from './webrtc.ts';

/** In the order of `--help`. */
export const ECHO_CANCELLERS: readonly EchoCancellerProvider[] = [speex, webrtc];
