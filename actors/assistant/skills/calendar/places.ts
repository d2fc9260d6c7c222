/**
 * The time zones of places that people name.
 */

/** Places that are not the last part of a time zone's name. */
const MORE_PLACES: Record<string, string> = {
  'new york city': 'America/New_York',
  washington: 'America/New_York',
  boston: 'America/New_York',
  miami: 'America/New_York',
  atlanta: 'America/New_York',
  philadelphia: 'America/New_York',
  'san francisco': 'America/Los_Angeles',
  seattle: 'America/Los_Angeles',
  california: 'America/Los_Angeles',
  'las vegas': 'America/Los_Angeles',
  'san diego': 'America/Los_Angeles',
  portland: 'America/Los_Angeles',
  houston: 'America/Chicago',
  dallas: 'America/Chicago',
  texas: 'America/Chicago',
  austin: 'America/Chicago',
  'new orleans': 'America/Chicago',
  montreal: 'America/Toronto',
  ottawa: 'America/Toronto',
  florida: 'America/New_York',
  hawaii: 'Pacific/Honolulu',
  alaska: 'America/Anchorage',
  'rio de janeiro': 'America/Sao_Paulo',
  rio: 'America/Sao_Paulo',
  brazil: 'America/Sao_Paulo',
  argentina: 'America/Buenos_Aires',
  england: 'Europe/London',
  'great britain': 'Europe/London',
  'the united kingdom': 'Europe/London',
  scotland: 'Europe/London',
  edinburgh: 'Europe/London',
  manchester: 'Europe/London',
  ireland: 'Europe/Dublin',
  france: 'Europe/Paris',
  germany: 'Europe/Berlin',
  munich: 'Europe/Berlin',
  hamburg: 'Europe/Berlin',
  cologne: 'Europe/Berlin',
  frankfurt: 'Europe/Berlin',
  italy: 'Europe/Rome',
  milan: 'Europe/Rome',
  venice: 'Europe/Rome',
  spain: 'Europe/Madrid',
  barcelona: 'Europe/Madrid',
  portugal: 'Europe/Lisbon',
  austria: 'Europe/Vienna',
  switzerland: 'Europe/Zurich',
  geneva: 'Europe/Zurich',
  'the netherlands': 'Europe/Amsterdam',
  belgium: 'Europe/Brussels',
  poland: 'Europe/Warsaw',
  sweden: 'Europe/Stockholm',
  norway: 'Europe/Oslo',
  denmark: 'Europe/Copenhagen',
  finland: 'Europe/Helsinki',
  greece: 'Europe/Athens',
  turkey: 'Europe/Istanbul',
  ukraine: 'Europe/Kiev',
  russia: 'Europe/Moscow',
  egypt: 'Africa/Cairo',
  'south africa': 'Africa/Johannesburg',
  'cape town': 'Africa/Johannesburg',
  kenya: 'Africa/Nairobi',
  nigeria: 'Africa/Lagos',
  israel: 'Asia/Jerusalem',
  'tel aviv': 'Asia/Jerusalem',
  india: 'Asia/Kolkata',
  delhi: 'Asia/Kolkata',
  'new delhi': 'Asia/Kolkata',
  mumbai: 'Asia/Kolkata',
  bangalore: 'Asia/Kolkata',
  china: 'Asia/Shanghai',
  beijing: 'Asia/Shanghai',
  japan: 'Asia/Tokyo',
  kyoto: 'Asia/Tokyo',
  osaka: 'Asia/Tokyo',
  korea: 'Asia/Seoul',
  'south korea': 'Asia/Seoul',
  thailand: 'Asia/Bangkok',
  vietnam: 'Asia/Ho_Chi_Minh',
  bali: 'Asia/Makassar',
  indonesia: 'Asia/Jakarta',
  'abu dhabi': 'Asia/Dubai',
  australia: 'Australia/Sydney',
  canberra: 'Australia/Sydney',
  'new zealand': 'Pacific/Auckland',
  wellington: 'Pacific/Auckland',
};

/** A name to say, and its time zone, by the name in lower case. */
let places: Map<string, { name: string; timeZone: string }> | undefined;

function allPlaces(): Map<string, { name: string; timeZone: string }> {
  if (places) return places;
  places = new Map();
  for (const timeZone of Intl.supportedValuesOf('timeZone')) {
    const name = timeZone.split('/').at(-1)?.replaceAll('_', ' ') ?? '';
    if (timeZone.includes('/') && !timeZone.startsWith('Etc/')) places.set(name.toLowerCase(), { name, timeZone });
  }
  for (const [name, timeZone] of Object.entries(MORE_PLACES)) {
    places.set(name, { name: name.replace(/\b(?!the |de )[a-z]/g, (letter) => letter.toUpperCase()), timeZone });
  }
  return places;
}

/** Cities of time zones that are asked for often. Others must be heard exactly: so many names sound like anything. */
const FREQUENT = new Set(
  `tokyo london paris berlin rome madrid vienna sydney melbourne new_york los_angeles chicago denver toronto vancouver singapore moscow
  dubai cairo istanbul athens amsterdam brussels lisbon dublin stockholm oslo copenhagen helsinki warsaw prague budapest zurich bangkok
  seoul shanghai jakarta manila johannesburg nairobi lagos mexico_city sao_paulo lima bogota honolulu anchorage kolkata karachi tehran
  jerusalem riyadh auckland phoenix detroit boise`
    .split(/\s+/)
    .map((name) => name.replaceAll('_', ' ')),
);

/** All names as a group of alternatives. */
let group: string | undefined;
export function placeGroup(): string {
  group ??= [...allPlaces().keys()]
    .filter((name) => /^[a-z ]+$/.test(name))
    .map((name) => (FREQUENT.has(name) || Object.hasOwn(MORE_PLACES, name) ? name : `=${name}`))
    .join('|');
  return group;
}

/** @param name as a person or a language model writes it; an IANA name is one, too */
export function findPlace(name: string): { name: string; timeZone: string } | undefined {
  const key = name.toLowerCase().trim();
  const found =
    allPlaces().get(key) ?? allPlaces().get(key.replace(/^the /, '')) ?? allPlaces().get(key.split(',')[0] ?? '');
  if (found) return found;
  const zone = Intl.supportedValuesOf('timeZone').find((each) => each.toLowerCase() === key);
  return zone === undefined
    ? undefined
    : { name: zone.split('/').at(-1)?.replaceAll('_', ' ') ?? zone, timeZone: zone };
}
