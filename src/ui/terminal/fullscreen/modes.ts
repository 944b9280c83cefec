/**
 * What the terminal is asked for while the full screen is shown, and how it gets back.
 *
 * @module
 */

/**
 * The alternate screen with its saved cursor (1049), bracketed paste (2004), news of the focus
 * (1004), no wrapping at the right edge (7).
 */
export const ENTER = "\x1b[?1049h\x1b[?2004h\x1b[?1004h\x1b[?7l\x1b[0m\x1b[2J\x1b[H";
/** The same backwards; shows the cursor and ends a frame that was cut off. */
export const LEAVE = "\x1b[?2026l\x1b[0m\x1b[?7h\x1b[?1004l\x1b[?2004l\x1b[?25h\x1b[?1049l";
