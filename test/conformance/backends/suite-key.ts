/** The key of an embedded cloud that holds nothing but what the suite writes. */
export const SUITE_KEY = 'the key of a cloud for tests';
