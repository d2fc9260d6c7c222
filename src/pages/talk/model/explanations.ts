/**
 * Failures in more words than their own, with what to do, by their code. Loaded when the page is there: until then a failure is told in its
 * own words.
 */
import type { Explanations } from './page-state.ts';

export const EXPLANATIONS: Explanations = {
  insecure_context: {
    title: 'The browser gives no microphone to a page over http',
    steps: [
      'Open this page over https: ask the person who runs the gateway.',
      'Three ways to get it: Tailscale serve, a proxy like Caddy, or a certificate of mkcert. docs/browsers.md has each.',
      'On the gateway’s own machine, http://localhost works.',
    ],
  },
  microphone_denied: {
    title: 'This page may not use the microphone',
    steps: [
      'Open the settings of this site: the icon beside the address.',
      'Allow the microphone, and try again.',
      'If the browser itself has no permission, allow it in the settings of the system.',
    ],
  },
  microphone_missing: {
    title: 'There is no microphone',
    steps: ['Connect a microphone or a headset.', 'Then try again.'],
  },
  microphone_busy: {
    title: 'The microphone cannot be opened',
    steps: ['Another program may use it: close that program.', 'Then try again.'],
  },
  audio_unsupported: {
    title: 'This browser cannot do what the page needs',
    steps: ['Use a current Chrome, Edge, Firefox or Safari.'],
  },
  token_refused: {
    title: 'The gateway does not accept this device any more',
    steps: [
      'The operator has removed it, its pairing has expired, or this is another gateway than before.',
      'Pair it again. The operator has to approve it.',
    ],
  },
  connection_replaced: {
    title: 'Another device with this name is connected',
    steps: [
      'Give each device a name of its own in the settings.',
      'Or use this one here: then the other one is disconnected.',
    ],
  },
  unsupported_protocol: {
    title: 'This page and the gateway are of different versions',
    steps: ['Reload the page.', 'If that does not help, the gateway has to be updated.'],
  },
};
