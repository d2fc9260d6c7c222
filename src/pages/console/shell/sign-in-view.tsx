/**
 * What a person sees who is not signed in: what to do.
 */

import type { ComponentChildren } from 'preact';
import { Icon } from '../../design/icon.tsx';
import * as icons from '../../design/icons.ts';
import type { SessionState, SignedOutReason } from './session.ts';
import { TerminalCommand } from './terminal-command.tsx';

const TITLES: Record<SignedOutReason, string> = {
  none: 'Sign in to the console',
  signed_out: 'You have signed out',
  link_used: 'This link was used already',
  link_expired: 'This link has expired',
  link_unknown: 'The gateway does not know this link',
  session_expired: 'Your session has ended',
  token_refused: 'The cloud does not accept the gateway’s tokens',
  failed: 'You could not be signed in',
};

const EXPLANATIONS: Partial<Record<SignedOutReason, string>> = {
  link_used:
    'A link signs in one browser tab, once. If it was not you who used it: earshot console --list shows the sessions, --revoke ends one.',
  link_expired: 'A link is valid for ten minutes.',
  link_unknown: 'It may be of another gateway, or a part of it is missing.',
  session_expired: 'A session ends after twelve hours, or when somebody revokes it.',
  token_refused:
    'The gateway and its cloud may have different keys, or different clocks. The gateway’s log says which.',
};

export function SignInView({ session }: { session: Exclude<SessionState, { state: 'signed_in' }> }) {
  if (session.state === 'signing_in') return <Card title="Signing in…" />;
  if (session.state === 'unreachable') {
    return (
      <Card title="The gateway does not answer">
        <p role="status">This page asks again until it does. Is the gateway running, and are you in its network?</p>
        <progress aria-label="Waiting for the gateway" />
      </Card>
    );
  }
  const { reason, message } = session;
  return (
    <Card title={TITLES[reason]}>
      {EXPLANATIONS[reason] !== undefined && <p>{EXPLANATIONS[reason]}</p>}
      {reason === 'failed' && message !== undefined && <p>{message}</p>}
      <p>To get a {reason === 'none' ? '' : 'new '}link, run this on the gateway’s machine, and open what it prints:</p>
      <TerminalCommand line="earshot console" />
      <p class="quiet">
        A link is valid for ten minutes, and once. With <code class="option">--viewer</code> it is for someone who only
        looks.
      </p>
      <p class="quiet">
        To talk you need no sign-in: <a href="/talk/">open the talk page</a>.
      </p>
    </Card>
  );
}

function Card({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <main class="page sign-in">
      <article class="card stack">
        <span class="brand">
          <Icon path={icons.earshotIcon} />
          Earshot
        </span>
        <h1>{title}</h1>
        {children}
      </article>
    </main>
  );
}
