/**
 * How a device's person speaks and counts: for the assistant. The same bounds hold for the operator's settings.
 */

/** BCP 47, without its rarer forms: `en`, `de-AT`, `zh-Hant-TW`. */
export const LANGUAGE_TAG = /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}$/;
/** A name of the IANA time zone database, as far as its characters go. */
export const TIME_ZONE_NAME = /^[A-Za-z0-9_+\-/]{1,64}$/;
export const UNIT_SYSTEMS = ['metric', 'imperial'] as const;
export type UnitSystem = (typeof UNIT_SYSTEMS)[number];
