/**
 * What to do when there is no device yet.
 */

import { Icon } from '../../design/icon.tsx';
import * as icons from '../../design/icons.ts';
import { useIsOperator } from '../shell/cloud.tsx';
import { TerminalCommand } from '../shell/terminal-command.tsx';

/** The gateway's address for a device: the one at which the person's browser has found it. */
function gatewayAddress({ protocol, host }: Location): string {
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}`;
}

export function FirstRun() {
  const gateway = gatewayAddress(location);
  return (
    <section class="first-run stack" aria-labelledby="first-run">
      <div class="page-head">
        <h1 id="first-run">Pair your first device</h1>
      </div>
      <p class="quiet">
        A device that connects for the first time shows a code of six digits. The same code then appears here
        {useIsOperator() ? ', and you approve it with a click.' : ', and an operator approves it.'}
      </p>
      <div class="ways">
        <article class="card stack">
          <h2>
            <Icon path={icons.microphoneIcon} /> This browser
          </h2>
          <p>A phone or laptop with a microphone is a device. Nothing is installed.</p>
          <p>
            <a class="button primary" href="/talk/" target="_blank" rel="noopener">
              Open the talk page <Icon path={icons.externalIcon} />
            </a>
          </p>
        </article>
        <article class="card stack">
          <h2>
            <Icon path={icons.deviceIcon} /> A Raspberry Pi, or any Linux machine
          </h2>
          <p>To try it, in Earshot’s folder:</p>
          <TerminalCommand line={`bin/earshot run --gateway ${gateway}`} />
          <p>To install it as a service, which starts with the machine:</p>
          <TerminalCommand line={`sudo deploy/install.sh --gateway ${gateway}`} />
          <p class="quiet">
            The service writes its code into its log: <code>journalctl -u earshot</code>
          </p>
        </article>
      </div>
      <p class="waiting quiet" role="status">
        <i class="dot live" data-tone="accent" /> Waiting for a device…
      </p>
    </section>
  );
}
