/**
 * Icons as path data: 24 × 24, drawn with a round line of 1.75 in the colour of the text (`.icon` of base.css). `<Icon
 * path={icons.microphoneIcon} />` (icon.tsx) draws it. An icon is decoration: the control beside it has the name. Each is an export of its
 * own, so that a page has only those that it draws.
 */
/** The mark of Earshot: a source, and its waves. */
export const earshotIcon =
  'M7.5 12h.01M11 8.2a5.4 5.4 0 0 1 0 7.6M14.2 5.4a9.4 9.4 0 0 1 0 13.2M17.4 2.8a13 13 0 0 1 0 18.4';
export const microphoneIcon =
  'M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3M5.5 11v1a6.5 6.5 0 0 0 13 0v-1M12 18.5V21';
export const microphoneOffIcon =
  'M9 9.5V12a3 3 0 0 0 4.7 2.5M15 11V6a3 3 0 0 0-5.6-1.5M5.5 11v1a6.5 6.5 0 0 0 10.2 5.3M18.3 13.5l.2-1.5v-1M12 18.5V21M4 4l16 16';
export const speakerIcon = 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18.3 6.3a8 8 0 0 1 0 11.4';
export const playIcon = 'M7.5 5v14l11-7z';
export const pauseIcon = 'M8 5.5v13M16 5.5v13';
export const closeIcon = 'M6 6l12 12M18 6L6 18';
export const checkIcon = 'M5 12.5l4.5 4.5L19 7.5';
export const searchIcon = 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.3 15.3L20 20';
export const settingsIcon =
  'M4 7h9M18 7h2M15.5 4.7a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6M4 17h2M11 17h9M8.5 14.7a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6';
export const warningIcon = 'M12 4.2L2.8 20h18.4zM12 10v4.5M12 17.3h.01';
export const errorIcon = 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M12 8v4.8M12 16h.01';
export const infoIcon = 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M12 11.2V16M12 8h.01';
export const offlineIcon =
  'M3 3l18 18M5 12.6a10 10 0 0 1 4.3-2.5M13.5 9.8a10 10 0 0 1 5.5 2.8M8.3 16a5.3 5.3 0 0 1 7.4 0M12 19.5h.01M1.8 9a14.6 14.6 0 0 1 4.4-2.9M10 4.7A14.6 14.6 0 0 1 22.2 9';
export const onlineIcon =
  'M5 12.6a10 10 0 0 1 14 0M8.3 16a5.3 5.3 0 0 1 7.4 0M12 19.5h.01M1.8 9a14.6 14.6 0 0 1 20.4 0';
export const deviceIcon =
  'M8 3h8a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2M12 11.2a3 3 0 1 0 0 6 3 3 0 0 0 0-6M12 6.8h.01';
export const conversationIcon =
  'M5.5 4.5h13a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7L7 20.5v-4H5.5a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2M8 9h8M8 12.3h5';
export const chartIcon = 'M4 4v14a2 2 0 0 0 2 2h14M8 15.5l3.5-4.5 3 2.5L19 7.5';
export const storageIcon =
  'M12 3.5c4.1 0 7.5 1.2 7.5 2.7S16.1 9 12 9 4.5 7.7 4.5 6.2 7.9 3.5 12 3.5M4.5 6.2v11.6c0 1.5 3.4 2.7 7.5 2.7s7.5-1.2 7.5-2.7V6.2M4.5 12c0 1.5 3.4 2.7 7.5 2.7s7.5-1.2 7.5-2.7';
export const clockIcon = 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M12 7.5V12l3 2';
export const announceIcon = 'M4 10v4h2.5L16 19V5l-9.5 5zM8 14.5l1 4.5h2.5M19 9.5a4 4 0 0 1 0 5';
export const linkIcon =
  'M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L11.8 6.5M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7l1.3-1.3';
export const personIcon = 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M4.5 20c.6-3.6 3.6-5.5 7.5-5.5s6.9 1.9 7.5 5.5';
export const signOutIcon = 'M14 4.5H6.5a2 2 0 0 0-2 2v11a2 2 0 0 0 2 2H14M10 12h10.5M17 8.5l3.5 3.5-3.5 3.5';
export const downloadIcon = 'M12 4v11M7.5 11l4.5 4.5 4.5-4.5M4.5 19.5h15';
export const removeIcon = 'M4.5 6.5h15M9.5 6V4h5v2M6.5 6.5l1 13.5h9l1-13.5M10.2 10.5v6M13.8 10.5v6';
export const backIcon = 'M19.5 12h-15M11 5.5L4.5 12l6.5 6.5';
export const moreIcon = 'M12 5.5h.01M12 12h.01M12 18.5h.01';
export const externalIcon =
  'M13.5 4.5h6v6M19.5 4.5l-9 9M17.5 14v4.5a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1H10';
export const autoIcon = 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M12 3.5v17M12 8h5.5M12 12h8.3M12 16h5.5';
export const lightIcon =
  'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4';
export const darkIcon = 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5';
