/**
 * Takes the secret of a sign-in link out of the page's address: it must not stay in the history, and must not be seen on the screen.
 */
const BEGINS_WITH = '#sign-in=';

/**
 * The secret; undefined: the address has none.
 * @param keptPlace the hash of the address then; empty: none
 */
export function takeSignInLink(
  location: Location,
  history: History,
  keptPlace: () => string = () => '',
): string | undefined {
  if (!location.hash.startsWith(BEGINS_WITH)) return undefined;
  const secret = location.hash.slice(BEGINS_WITH.length);
  history.replaceState(null, '', `${location.pathname}${keptPlace()}`);
  return secret;
}
