/**
 * The logger every room uses. Configuring where lines go is `commands/`'s work.
 *
 * A category is the room's name (`["history"]`, `["http"]`). Properties are structured; never a
 * message body, a secret or a token: log the event id, the account's name, the byte count.
 *
 * @module
 */
export { getLogger, type Logger } from "@logtape/logtape";
