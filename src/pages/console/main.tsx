/**
 * The console: devices and conversations, for operators and viewers.
 */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { startTheme } from '../design/theme.ts';
import { ROUTES } from './routes.ts';
import { CloudProvider } from './shell/cloud.tsx';
import { keepPlace, takeKeptPlace } from './shell/kept-place.ts';
import { noteGatewayTime } from './shell/now.ts';
import { type BrowserSession, createBrowserSession } from './shell/session.ts';
import { Shell } from './shell/shell.tsx';
import { takeSignInLink } from './shell/sign-in-link.ts';
import { SignInView } from './shell/sign-in-view.tsx';

const theme = startTheme();
const session = createBrowserSession({
  fetch: (input, init) => fetch(input, init),
  storage: sessionStorage,
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  onGatewayTime: noteGatewayTime,
});

function Console() {
  const now = useSession(session);
  if (now.state !== 'signed_in') return <SignInView session={now} />;
  return (
    <CloudProvider session={session} details={now.details}>
      <Shell routes={ROUTES} theme={theme} onSignOut={() => void session.end('signed_out')} />
    </CloudProvider>
  );
}

function useSession({ state, subscribe }: BrowserSession) {
  const [now, setNow] = useState(state);
  useEffect(() => {
    setNow(state());
    return subscribe(() => setNow(state()));
  }, [state, subscribe]);
  return now;
}

/** The place that the address names is where the person goes on after the sign-in. */
function keepPlaceOfSignIn(): void {
  if (session.state().state === 'signed_out') keepPlace(location.hash, Date.now());
}

const takeLink = () => takeSignInLink(location, history, () => takeKeptPlace(Date.now()));
const link = takeLink();
session.subscribe(keepPlaceOfSignIn);
// A link that is opened in a tab of the console changes the address of the page only.
addEventListener('hashchange', () => {
  const next = takeLink();
  if (next !== undefined) void session.begin(next);
  else keepPlaceOfSignIn();
});
render(<Console />, document.body);
void session.begin(link);
